import Ajv from 'ajv';
import { Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import {
  AgentContract,
  AgentNodes,
  ContractEnv,
  ContractGrant,
  NodeAgent,
  NodePreflight,
  SharedMemory,
  SidecarAgent,
  type AgentContractProps,
} from '../../src';
import { CONTRACT_SCHEMA, CONTRACT_SCHEMA_2 } from '../../src/model/contract/contract-schema';
import { messageOf } from '../bad-input/message';
import { changesOf } from '../change/sets';
import { page, section } from '../report/review/review-examples';
import { findingsOf } from '../rules/findings';
import { AGENT, chart, contract, deployment, rendered, TOOLS, type Rendered } from '../yaml';

const memory = (size?: Size) =>
  SharedMemory.descriptors({ name: 'table', mountPath: '/run/routes', size });
const vineyard = (props: Partial<AgentContractProps> = {}) =>
  contract({ memory: [memory()], ...props });
const MARK = 'cdk8s-shared-memory/contract.routes';

function both(of: AgentContract): { agent: Rendered; client: Rendered; text: string } {
  const c = chart();
  new NodeAgent(c, 'agent', { contract: of, toolImage: TOOLS, containers: [AGENT] });
  new ContractGrant(c, 'grant', { contract: of, namespace: 'shop' });
  of.attachTo(deployment(c));
  const [agent, client] = [rendered(c, 'DaemonSet')[0], rendered(c, 'Deployment')[0]];
  return { agent, client, text: [agent, client].map(o => JSON.stringify(o)).join('\n---\n') };
}

test('descriptors need no size: nothing is checked against a limit, and the mark has none', () => {
  const { agent, client, text } = both(vineyard());
  for (const object of [agent, client]) {
    expect(JSON.parse(object.metadata.annotations[MARK]).memory).toEqual([
      { name: 'table', api: 'descriptors', mountPath: '/run/routes', backing: 'directory' },
    ]);
    expect(object.metadata.annotations[MARK]).toContain('"apiVersion":"cdk8s-shared-memory/v2"');
  }
  expect(agent.spec.template.spec.containers[0].resources).toEqual(
    both(vineyard({ memory: [memory(Size.mebibytes(1))] })).agent.spec.template.spec.containers[0]
      .resources,
  );
  expect(findingsOf(text)).toEqual([]);
});

test('the pages say that the size is not known', () => {
  const text = page(both(vineyard()).text);
  expect(text).toContain(
    'Contract `routes` (names no team and no data class): size not known, 1 workload',
  );
  expect(section(text, 'Memory: who pays')).toContain(
    '| `routes/table` | size not known | 384Mi | **unknown** |',
  );
  expect(text).not.toMatch(/[| ]0 \|/);
});

test('a contract without the size round-trips as v2, and the schemas agree', () => {
  const of = vineyard();
  const json = JSON.parse(of.toJson());
  const fits = [CONTRACT_SCHEMA, CONTRACT_SCHEMA_2].map(schema =>
    new Ajv({ strict: false }).compile(schema)(json),
  );
  expect([json.apiVersion, json.memory[0].size, fits]).toEqual([
    'cdk8s-shared-memory/v2',
    undefined,
    [false, true],
  ]);
  expect(AgentContract.fromJson(of.toJson()).toJson()).toBe(of.toJson());
  expect(JSON.parse(vineyard({ memory: [memory(Size.mebibytes(1))] }).toJson()).apiVersion).toBe(
    'cdk8s-shared-memory/v1',
  );
});

test('a sidecar, and a preflight', () => {
  const c = chart();
  const startup = kplus.Probe.fromCommand(['test', '-e', '/run/routes/socket']);
  new SidecarAgent({ contract: vineyard(), containers: [{ ...AGENT, startup }] }).attachTo(
    deployment(c),
  );
  const [{ spec }] = rendered(c, 'Deployment');
  expect(spec.template.spec.volumes[0].emptyDir).toEqual({ medium: 'Memory', sizeLimit: '1Mi' });
  const nodes = chart();
  const agents = [
    new NodeAgent(nodes, 'agent', {
      contract: vineyard(),
      toolImage: TOOLS,
      containers: [AGENT],
    }),
  ];
  const shaped = AgentNodes.labeled('example.com/candidate', 'yes');
  new NodePreflight(nodes, 'preflight', { agents, nodes: shaped, toolImage: TOOLS });
  const [, preflight] = rendered(nodes, 'DaemonSet');
  expect(JSON.stringify(preflight)).not.toMatch(/NaN|undefined/);
});

test('a size that becomes known is a change of the contract that breaks nobody', () => {
  const known = vineyard({ memory: [memory(Size.mebibytes(8))] });
  expect(known.compatibleWith(vineyard()).changes).toEqual([
    expect.objectContaining({
      field: 'memory table size',
      from: 'size not known',
      to: '8Mi',
      breaks: false,
    }),
  ]);
  const { contracts } = changesOf(both(vineyard()).text, both(known).text);
  expect(contracts[0].changes.map(({ field }) => field)).toContain('memory table size');
});

test.each<[string, () => unknown, string]>([
  [
    'a variable with its size',
    () => vineyard({ env: { BYTES: ContractEnv.sizeInBytes() } }),
    'SHM007 [contract routes] memory of env BYTES: given nothing; allowed a memory with a size, which this contract does not have; fix: leave the variable out, or give the memory a size',
  ],
  [
    'a contract of v1 without a size',
    () =>
      AgentContract.fromJson(
        vineyard().toJson().replace('cdk8s-shared-memory/v2', 'cdk8s-shared-memory/v1'),
      ),
    'memory[0].size: given nothing; allowed a quantity like "256Mi"',
  ],
  [
    'files without a size',
    () => contract({ memory: [SharedMemory.files({ mountPath: '/x' } as never)] }),
    'size of memory data: given nothing; allowed a whole number of bytes',
  ],
])('fails with %s', (_, make, message) => {
  expect(messageOf(make)).toContain(message);
});
