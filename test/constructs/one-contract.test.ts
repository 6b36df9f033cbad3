import { Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import {
  AgentContract,
  AgentNodes,
  ClientVolume,
  ContractGrant,
  NodeAgent,
  SharedMemory,
  type AgentContractProps,
} from '../../src';
import { attachMessageOf } from '../bad-input/message';
import { AGENT, chart, contract, TOOLS } from '../yaml';

const files = (mebibytes: number) => ({
  memory: [SharedMemory.files({ size: Size.mebibytes(mebibytes), mountPath: '/run/routes' })],
});

/** An app in which the agent has one contract, and clients and grants another one. */
function app(
  first: Partial<AgentContractProps>,
  second: Partial<AgentContractProps>,
): { agent(): void; client(): void; grant(): void } {
  const c = chart();
  new NodeAgent(c, 'agent', { contract: contract(first), toolImage: TOOLS, containers: [AGENT] });
  const other = contract(second);
  return {
    agent: () => {
      new NodeAgent(c, 'other', {
        contract: other,
        toolImage: TOOLS,
        containers: [AGENT],
        name: 'other',
      });
    },
    client: () => {
      other.attachTo(
        new kplus.Deployment(c, 'api', { containers: [{ image: 'registry.example.com/api:1' }] }),
      );
    },
    grant: () => {
      new ContractGrant(c, 'grant', { contract: other, namespace: 'shop' });
    },
  };
}

test.each<[string, Partial<AgentContractProps>, string]>([
  ['another size', files(2), 'contract routes v1 with memory data size 2Mi, not 1Mi'],
  [
    'another group',
    { ...files(1), groupId: 2001 },
    'contract routes v1 with groupId 2001, not 2000',
  ],
  [
    'other nodes',
    { ...files(1), nodes: AgentNodes.all() },
    'contract routes v1 with nodes kubernetes.io/os=linux, not example.com/routes-agent=yes, taint example.com/routes-agent=yes:NoSchedule',
  ],
])('fails where parts of an app mean something else by one contract: %s', (_, second, given) => {
  const parts = app(files(1), second);
  const allowed =
    '; allowed what test/agent has under that name and version; fix: use one contract in the whole app (a value that all import, or one file), or give the changed one another version';
  expect(attachMessageOf(parts.client)).toBe(
    `SHM007 [test/api] contract: given ${given}${allowed}`,
  );
  expect(parts.grant).toThrow(`SHM007 [test/grant] contract: given ${given}${allowed}`);
  expect(parts.agent).toThrow(`SHM007 [test/other] contract: given ${given}${allowed}`);
});

test.each<[string, Partial<AgentContractProps>]>([
  ['nothing', files(1)],
  ['how clients name the directory', { ...files(1), clientVolume: ClientVolume.hostPath() }],
  ['the version, and so anything', { ...files(2), version: 'v2' }],
  ['the name, and so anything', { ...files(2), name: 'other' }],
])('may differ: %s', (_, second) => {
  expect(attachMessageOf(app(files(1), second).client)).toBe('nothing was reported');
});

test('a contract that was read from its file is the same', () => {
  const c = chart();
  const own = contract();
  own.attachTo(new kplus.Deployment(c, 'api', { containers: [{ image: 'i' }] }));
  expect(
    attachMessageOf(() =>
      AgentContract.fromJson(own.toJson()).attachTo(
        new kplus.Deployment(c, 'web', { containers: [{ image: 'i' }] }),
      ),
    ),
  ).toBe('nothing was reported');
});
