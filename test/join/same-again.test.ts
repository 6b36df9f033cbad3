import { ApiObject, Testing } from 'cdk8s';
import { mounting, size, workload } from './existing-workload';
import {
  Access,
  Accounting,
  AgentContract,
  Backing,
  ContractEnv,
  Payer,
  ReadyWhen,
  SharedMemory,
  type AgentContractProps,
} from '../../src';
import { messageOf } from '../bad-input/message';
import { chart, contract, TOOLS, type Rendered } from '../yaml';

const dev = (props: Partial<AgentContractProps> = {}) =>
  contract({
    name: 'cache',
    memory: [SharedMemory.posix({ name: 'objects', size, backing: Backing.devShm() })],
    ...props,
  });
const waiting = () => dev({ readyWhen: ReadyWhen.file('x', { toolImage: TOOLS }) });
const mounted = {
  containers: [mounting('app', 'dshm', { readOnly: true })],
  volumes: [{ name: 'dshm', hostPath: { path: '/dev/shm' } }],
};

describe('as it is, without an exception', () => {
  const complete = {
    ...mounted,
    nodeSelector: { 'example.com/routes-agent': 'yes' },
    securityContext: { supplementalGroups: [2000] },
    tolerations: [
      { effect: 'NoSchedule', key: 'example.com/routes-agent', operator: 'Equal', value: 'yes' },
    ],
  };

  test('fails without the step that waits', () => {
    const { object, fails } = workload(complete);
    waiting().attachTo(object, { asIs: true });
    expect(fails()).toContain('SHM010 [test/worker] spec.template.spec.initContainers: given ');
  });

  test('fails with a step that would change', () => {
    const first = workload(complete);
    waiting().attachTo(first.object);
    const { securityContext } = first.pod();
    const known = { ...first.pod(), securityContext: { ...securityContext, runAsUser: 1 } };
    const second = workload(known);
    waiting().attachTo(second.object, { asIs: true });
    expect(second.fails()).toMatch(/SHM010 .*initContainers\[0\]\.securityContext\.runAsUser/);
  });

  test('fails with limits that would be raised', () => {
    const { object, fails } = workload(complete);
    const pays = dev({ chargedTo: Payer.CLIENT, clients: Access.READ_WRITE });
    pays.attachTo(object, { asIs: true, accounting: Accounting.ADD_TO_LIMITS });
    expect(fails()).toMatch(/SHM007 .*asIs: given true, with Accounting\.ADD_TO_LIMITS/);
  });
});

function attached(spec: object, of: AgentContract): Rendered {
  const { object, c } = workload(spec);
  of.attachTo(object);
  return JSON.parse(JSON.stringify(Testing.synth(c)[0]));
}

test.each<[string, object]>([
  ['a user and a group that are known', { securityContext: { runAsUser: 1, runAsGroup: 2 } }],
  ['a user that is known', { securityContext: { runAsUser: 1 } }],
  ['a user that is not', {}],
])('what was written with %s is attached again without a change', (_, more) => {
  const once = attached({ ...mounted, ...more }, waiting());
  const twice = attached(once.spec.template.spec, waiting());
  expect(twice.spec.template.spec).toEqual(once.spec.template.spec);
});

test('the order of calls does not show', () => {
  const job = (...templates: string[]) => {
    const c = chart();
    const template = (name: string) => ({
      template: { spec: { containers: [{ name, image: 'i:1' }] } },
    });
    const object = new ApiObject(c, 'job', {
      apiVersion: 'kubeflow.org/v1',
      kind: 'PyTorchJob',
      metadata: { name: 'job' },
      spec: { pytorchReplicaSpecs: { Master: template('m'), Worker: template('w') } },
    } as never);
    for (const name of templates) {
      contract().attachTo(object, {
        workload: `PyTorchJob/job#/spec/pytorchReplicaSpecs/${name}/template`,
      });
    }
    return Testing.synth(c);
  };
  expect(job('Worker', 'Master')).toEqual(job('Master', 'Worker'));
});

test('a dollar in a path is a dollar: the kubelet expands nothing', () => {
  const { env } = attached(
    { containers: [{ name: 'app', image: 'i:1' }] },
    contract({ env: { A: ContractEnv.file('a-$(HOSTNAME)') } }),
  ).spec.template.spec.containers[0];
  expect(env).toEqual([{ name: 'A', value: '/run/routes/a-$$(HOSTNAME)' }]);
  expect(messageOf(() => contract({ env: { A: ContractEnv.file('a\nb') } }))).toContain('SHM007');
});
