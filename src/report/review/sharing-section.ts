import { beyondMarks } from './beyond-marks';
import { diagram, unmarkedDiagram } from './diagram';
import { code, count, linkedWorkload, plain, some, table, workload } from './markdown';
import { isInPods, namespaceOf, poolWords, type SharedContract } from './shared-contracts';
import { unmarkedRows, unmarkedShares } from './unmarked-sharing';
import { unnamedTable } from './unnamed-containers';
import { DEV_SHM } from '../../kube/well-known';
import type { MarkedMemory, ReadMark } from '../../model/contract/contract-mark';
import { sizeWords } from '../../model/contract/memory-size';
import { contractDirectory, entryOf } from '../../model/contract/node-layout';
import { API_WORDS } from '../../model/contract/technique';
import { seLinuxLevels } from '../../read/selinux-level';
import type { ContractParticipant, MarkedManifests } from '../../sharing/marked-manifests';
import { seLinuxLevelWords } from '../privilege-words';

/** The highest number of workloads that a page lists by name. */
const MOST_ROWS = 60;

const BY_LABEL =
  'By label: the API server wires these pods when it creates them, if the policies are in force. This page shows them as they will be then.';

/** Lists what is shared with whom. */
export function sharing(marked: MarkedManifests, contracts: readonly SharedContract[]): string[] {
  const other = unmarkedRows(marked);
  const unnamed = unnamedTable(marked);
  if (contracts.length === 0 && other.length === 0 && unnamed.length === 0) {
    return [];
  }
  const clients = contracts.flatMap(contract => [...contract.clients, ...contract.sidecars]);
  return [
    '## What is shared with whom',
    '',
    ...table(
      ['memory', 'size', 'the code calls', 'on the node', 'served by', 'used by'],
      contracts.flatMap(contract => memoryRows(marked, contract)),
    ),
    ...diagram(marked, contracts),
    ...table(
      ['workload', 'contract', 'may', 'containers'],
      clients.slice(0, MOST_ROWS).map(clientRow),
    ),
    ...(clients.some(({ markedPod }) => markedPod.isWiredByLabel) ? [BY_LABEL, ''] : []),
    ...(clients.length > MOST_ROWS
      ? [
          `And ${clients.length - MOST_ROWS} more, in ${some([...new Set(clients.slice(MOST_ROWS).map(party => code(namespaceOf(party))))])}.`,
          '',
        ]
      : []),
    ...unnamed,
    ...(other.length === 0
      ? []
      : [
          'Shared without a contract: no mark says who shares with whom, so this is what the fields alone allow.',
          '',
          ...table(['what', 'who', 'file'], other),
          ...unmarkedDiagram(unmarkedShares(marked)),
        ]),
  ];
}

function memoryRows(marked: MarkedManifests, contract: SharedContract): string[][] {
  return contract.memory.map(({ memory, version }) => [
    `${code(`${contract.name}/${memory.name}`)} ${plain(version)}`,
    sizeWords(memory),
    API_WORDS[memory.api] + (memory.mountPath === undefined ? '' : ` at ${code(memory.mountPath)}`),
    onNode(contract, memory, version),
    isInPods(memory)
      ? 'a sidecar in each pod'
      : contract.agents.length > 0
        ? some(
            contract.agents.map(
              party =>
                `${plain(workload(party.markedPod.pod.manifest))} on ${code(poolWords(party))}`,
            ),
          )
        : contract.sidecars.length > 0
          ? 'a sidecar in each pod'
          : servedBy(contract),
    usedBy(
      isInPods(memory) ? contract.sidecars : contract.clients,
      withoutMark(marked, contract, memory),
    ),
  ]);
}

/** Says who serves a contract without an agent in the manifests. */
function servedBy({ clients }: SharedContract): string {
  const named = [...new Set(clients.flatMap(({ mark }) => mark.servedBy ?? []))];
  return named.length === 0
    ? 'an agent that is not in these manifests'
    : `${named.map(plain).join(', ')}, as the contract says; nothing verifies it`;
}

function onNode(
  { namespace, name }: SharedContract,
  { api, backing, name: memory, path, guarded, hugePages }: MarkedMemory,
  version: string,
): string {
  const directory = contractDirectory({ namespace, name });
  switch (backing) {
    case 'hostIpc':
      return 'IPC namespace of the node';
    case 'devShm':
      return `${code(DEV_SHM)} of the node`;
    case 'directory':
      return code(`${directory}/${version}/${memory}`);
    case 'existing':
      return `${code(path ?? '')}, which the contract does not make${guarded === true ? '; a guard checks it, and binds it for the clients' : ''}`;
    case 'tmpfs':
      return `${code(`${directory}/${version}/${memory}`)}, ${api === 'descriptors' ? "a small tmpfs for the socket: the memory itself is in the agent's descriptors" : 'a tmpfs of that size'}`;
    case 'hugetlbfs':
      return `${code(`${directory}/${version}/${entryOf({ name: memory, hugePages })}`)}, a hugetlbfs of that size with huge pages of ${hugePages}`;
    default:
      return `nothing: it is in the pod${hugePages === undefined ? '' : `, in huge pages of ${hugePages}`}`;
  }
}

/** The number of workloads without a mark of the contract that mount one of its memories. */
function withoutMark(
  marked: MarkedManifests,
  contract: SharedContract,
  { name }: MarkedMemory,
): number {
  return beyondMarks(marked, contract, name).filter(({ hasMark }) => !hasMark).length;
}

function usedBy(parties: readonly ContractParticipant[], unmarked: number): string {
  const namespaces = new Set(parties.map(namespaceOf));
  const others = unmarked === 0 ? '' : `**${unmarked} without a mark**`;
  return parties.length === 0
    ? others || 'no workload in these manifests'
    : `${count(parties.length, 'workload')} in ${count(namespaces.size, 'namespace')}${others && `, and ${others}`}`;
}

function clientRow({ markedPod, mark }: ContractParticipant): string[] {
  const { manifest } = markedPod.pod;
  const levels = seLinuxLevels(markedPod.pod, markedPod.containersOf(mark));
  return [
    linkedWorkload(manifest),
    code(mark.contract) + (markedPod.isWiredByLabel ? ', by label' : ''),
    mark.access === 'readOnly' ? 'read' : `read and **write**${removes(mark)}`,
    [mark.containers.map(code).join(', '), ...levels.map(seLinuxLevelWords).map(code)].join('; '),
  ];
}

/** Says in which memories a client that writes cannot remove what others made. */
function removes({ memory }: ReadMark): string {
  const sticky = memory.filter(each => each.sticky === true).map(({ name }) => code(name));
  return sticky.length === 0 ? '' : `; in ${some(sticky)} remove only its own objects`;
}
