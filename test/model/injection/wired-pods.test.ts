import { Size } from 'cdk8s';
import fc from 'fast-check';
import { RANDOM_POD } from './random-pods';
import {
  Access,
  AgentNodes,
  Backing,
  ClientInjection,
  ContractEnv,
  NodeContent,
  Payer,
  ReadyWhen,
  SharedMemory,
  type AgentContract,
  type AgentContractProps,
} from '../../../src';
import { at, canonical, itemsOf, type JsonObject } from '../../../src/kube/json';
import { clientEdit } from '../../../src/model/client/client-edit';
import { readContract } from '../../../src/model/contract/contract-json';
import { containersAnnotation } from '../../../src/model/injection/use-label';
import { apply } from '../../../src/wire/apply';
import { mutated, refusals } from '../../kubernetes/cel';
import { chart, contract, rendered, TOOLS } from '../../yaml';

/** Contracts with each part that admission can wire. */
const CONTRACTS: Record<string, Partial<AgentContractProps>> = {
  'files that clients read': {},
  'files that clients write': { clients: Access.READ_WRITE },
  'two memories, one in /dev/shm': {
    clients: Access.READ_WRITE,
    memory: [
      SharedMemory.files({ name: 'table', size: Size.mebibytes(64), mountPath: '/run/routes' }),
      SharedMemory.posix({ name: 'ring', size: Size.mebibytes(64) }),
    ],
  },
  'all nodes, variables, and something to wait for': {
    nodes: AgentNodes.all(),
    env: { ROUTES: ContractEnv.path(), BYTES: ContractEnv.sizeInBytes() },
    readyWhen: ReadyWhen.file('table.bin', { toolImage: TOOLS }),
  },
  'clients that pay': { clients: Access.READ_WRITE, chargedTo: Payer.CLIENT },
  'descriptors, with a socket to wait for': {
    memory: [SharedMemory.descriptors({ name: 'table', mountPath: '/run/routes' })],
    readyWhen: ReadyWhen.socket("it's.sock", { toolImage: TOOLS }),
  },
  'a directory of somebody else': {
    memory: [
      SharedMemory.files({
        name: 'table',
        mountPath: '/run/routes',
        backing: Backing.existing('/run/vendor', {
          contains: NodeContent.FILES,
          clientsWait: false,
        }),
      }),
    ],
    servedBy: 'a vendor',
  },
};

const cases = Object.entries(CONTRACTS).flatMap(([name, props]) =>
  (props.clients === Access.READ_WRITE
    ? [Access.READ_ONLY, Access.READ_WRITE]
    : [Access.READ_ONLY]
  ).map(access => ({ name, access, contract: contract(props) })),
);

/** The policies for one access, as rendered. */
function policiesOf(of: AgentContract, access: Access) {
  const c = chart();
  new ClientInjection(c, 'join', { contract: of, namespaces: ['shop'], access });
  const suffix = access === Access.READ_WRITE ? '-rw' : '-ro';
  const find = (kind: string) =>
    rendered(c, kind).find(({ metadata: { name } }) => name.endsWith(suffix));
  return { wires: find('MutatingAdmissionPolicy'), checks: find('ValidatingAdmissionPolicy') };
}

/** What `attachTo` makes of the pod. */
function attached(of: AgentContract, access: Access, pod: JsonObject) {
  const asked = at(pod, 'metadata', 'annotations', containersAnnotation('routes'));
  const containers = typeof asked === 'string' ? asked.split(',').map(n => n.trim()) : 'only';
  const spec = readContract(of.toJson(), 'test');
  return apply(pod, [clientEdit(spec, '', { access, containers, addToLimits: false })]);
}

/** The pod spec, apart from the order of lists whose order means nothing. */
function specOf(pod: object): unknown {
  return JSON.parse(
    JSON.stringify(at(pod, 'spec'), (key, value) =>
      ['volumes', 'tolerations', 'supplementalGroups', 'volumeMounts', 'env'].includes(key)
        ? itemsOf(value)
            // an empty value is none
            .map(item => canonical(at(item, 'value') === '' ? { name: at(item, 'name') } : item))
            .sort()
        : value,
    ),
  );
}

describe.each(cases)('$name, $access', ({ contract: of, access }) => {
  const { wires, checks } = policiesOf(of, access);

  test('admission makes of a pod what attachTo makes of it, and refuses what it refuses', () => {
    let [wired, refused] = [0, 0];
    fc.assert(
      fc.property(RANDOM_POD, pod => {
        const expected = attached(of, access, pod);
        const result = mutated(wires, pod) as JsonObject;
        const messages = refusals(checks, result);
        if (expected.problems.length > 0) {
          refused += 1;
          expect(result).toEqual(pod);
          expect(messages[0]).not.toContain('not wired as its label asks');
        } else {
          wired += 1;
          expect(messages).toEqual([]);
          expect(specOf(result)).toEqual(specOf(expected.json));
          expect(mutated(wires, result)).toEqual(result);
        }
      }),
      { numRuns: 120 },
    );
    expect(wired).toBeGreaterThan(0);
    expect(refused).toBeGreaterThan(0);
  });
});
