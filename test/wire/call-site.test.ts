import { Size, Testing } from 'cdk8s';
import { NodeAgent, SharedMemory } from '../../src';
import { CallSite } from '../../src/wire/call-site';
import { messageOf } from '../bad-input/message';
import { AGENT, chart, contract, deployment, TOOLS } from '../yaml';

const HERE = 'test/wire/call-site.test.ts';
const lineOf = (site: CallSite) => Number(site.place?.split(':')[1]);

test('a place is the first line of the user, from the current folder', () => {
  const [first, second] = [new CallSite(), new CallSite()];
  expect(first.place).toMatch(new RegExp(`^${HERE}:\\d+$`));
  expect(lineOf(second)).toBe(lineOf(first));
});

test('there is no place where jsii runs the library for another language', () => {
  process.env.JSII_AGENT = 'Python/3.11';
  try {
    expect(new CallSite().place).toBeUndefined();
  } finally {
    delete process.env.JSII_AGENT;
  }
});

test('the limit of stacks stays as it is', () => {
  const before = Error.stackTraceLimit;
  new CallSite();
  expect(Error.stackTraceLimit).toBe(before);
});

test('fails with the line that attached the workload, and not with that of the app', () => {
  const c = chart();
  const of = contract();
  const workload = deployment(c);
  of.attachTo(workload, { containers: ['mian'] });
  const below = lineOf(new CallSite());
  const message = messageOf(() => Testing.synth(c));
  expect(message).toContain(`contract routes at ${HERE}:${below - 1}`);
});

test('fails with the lines of all that edit the object', () => {
  const c = chart();
  const workload = deployment(c);
  const size = Size.mebibytes(1);
  const memory = [SharedMemory.files({ name: 'other', size, mountPath: '/run/other' })];
  contract().attachTo(workload, { containers: ['mian'] });
  contract({ name: 'other', memory }).attachTo(workload, { containers: ['mian'] });
  const message = messageOf(() => Testing.synth(c));
  expect(message).toMatch(/\(contract routes at \S+:\d+, contract other at \S+:\d+\)/);
});

test('fails with the line of an agent whose construct made the object', () => {
  const c = chart();
  const memory = { request: Size.mebibytes(260), limit: Size.mebibytes(260) };
  const small = { ...AGENT, resources: { memory } };
  new NodeAgent(c, 'agent', { contract: contract(), toolImage: TOOLS, containers: [small] });
  expect(messageOf(() => Testing.synth(c))).toMatch(new RegExp(`contract routes at ${HERE}:\\d+`));
});
