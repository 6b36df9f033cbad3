import { type Chart, Testing } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { messageOf } from './message';
import { NodeAgent, ReadyWhen } from '../../src';
import { AGENT, chart, contract, TOOLS } from '../yaml';

describe('containers', () => {
  const two = (c: Chart) =>
    new kplus.Deployment(c, 'api', {
      containers: [
        { name: 'api', image: 'i' },
        { name: 'proxy', image: 'i' },
      ],
    });

  test('fails with unnamed containers where there are several', () => {
    const c = chart();
    contract().attachTo(two(c));
    expect(messageOf(() => Testing.synth(c))).toContain(
      "SHM009 [test/api] containers: given nothing, for a pod with 2 containers; allowed names of: api, proxy; fix: name the containers that contract routes is for: { containers: ['api'] }",
    );
  });

  test('fails with a container that is like no other', () => {
    const c = chart();
    contract().attachTo(two(c), { containers: ['sidecar'] });
    expect(messageOf(() => Testing.synth(c))).toContain('fix: name a container of this pod (');
  });

  test('fails with an unknown container, and suggests the one that is meant', () => {
    const c = chart();
    contract().attachTo(two(c), { containers: ['app'] });
    expect(messageOf(() => Testing.synth(c))).toContain(
      'SHM009 [test/api] containers: given "app"; allowed names of: api, proxy; fix: write "api"',
    );
  });

  test('fails with an unknown container, and offers no step of this library', () => {
    const c = chart();
    const init = [{ name: 'fetch', image: 'i' }];
    const pod = new kplus.Deployment(c, 'api', {
      containers: [{ name: 'api', image: 'i' }],
      initContainers: init,
    });
    contract({ readyWhen: ReadyWhen.file('x', { toolImage: TOOLS }) }).attachTo(pod, {
      containers: ['wait-for-route'],
    });
    expect(messageOf(() => Testing.synth(c))).toContain(
      'SHM009 [test/api] containers: given "wait-for-route"; allowed names of: api, fetch (init); fix: name a container of this pod',
    );
  });

  test('fails with an agent of several containers without the one that serves', () => {
    expect(
      messageOf(
        () =>
          new NodeAgent(chart(), 'agent', {
            contract: contract(),
            toolImage: TOOLS,
            containers: [AGENT, { ...AGENT, name: 'metrics' }],
          }),
      ),
    ).toBe(
      "SHM009 [test/agent] container: given nothing, for an agent with 2 containers; allowed one of: agent, metrics; fix: name the container that serves the memory: container: 'agent'",
    );
  });

  test('fails with an agent of two containers with one name', () => {
    expect(
      messageOf(
        () =>
          new NodeAgent(chart(), 'agent', {
            contract: contract(),
            toolImage: TOOLS,
            containers: [AGENT, AGENT],
          }),
      ),
    ).toBe(
      'SHM009 [test/agent] containers: given two containers named agent; allowed different names; fix: give each container a name',
    );
  });

  test('fails with an agent without containers', () => {
    expect(
      messageOf(
        () =>
          new NodeAgent(chart(), 'agent', {
            contract: contract(),
            toolImage: TOOLS,
            containers: [],
          }),
      ),
    ).toBe(
      'SHM009 [test/agent] container: given nothing, for an agent with 0 containers; allowed one of: none, because the agent has no containers; fix: give the agent a container',
    );
  });
});
