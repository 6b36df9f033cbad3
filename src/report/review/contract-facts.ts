import { beyondMarks, type BeyondMarks } from './beyond-marks';
import { code, count, plain, some } from './markdown';
import { currentMemory, namespaceOf, type SharedContract } from './shared-contracts';
import { totalWords } from '../../model/contract/memory-size';
import type { MarkedManifests } from '../../sharing/marked-manifests';

/** Says of a contract how large it is, and who uses it: with a mark, and without. */
export function contractFact(marked: MarkedManifests, contract: SharedContract): string {
  const once = [...new Map(currentMemory(contract).map(memory => [memory.name, memory])).values()];
  const versions =
    contract.versions.length > 1
      ? ` in versions ${contract.versions.map(plain).join(' and ')} (not all sides have followed yet)`
      : '';
  return `Contract ${code(contract.name)}${given(contract)}: ${totalWords(once)}${versions}, ${useWords(contract, beyondMarks(marked, contract))}`;
}

/** Who answers for a contract, and the class of its data, or that its marks do not say so. */
function given({ teams, dataClasses, agents, sidecars }: SharedContract): string {
  // those who have only clients cannot mend it
  const missing =
    agents.length + sidecars.length === 0
      ? []
      : [
          ...(teams.length === 0 ? ['team'] : []),
          ...(dataClasses.length === 0 ? ['data class'] : []),
        ];
  return [
    ...(teams.length === 0 ? [] : [` of team ${some(teams.map(code))}`]),
    ...(dataClasses.length === 0 ? [] : [`, data class ${some(dataClasses.map(code))}`]),
    ...(missing.length === 0 ? [] : [` (names no ${missing.join(' and no ')})`]),
  ].join('');
}

function useWords(contract: SharedContract, beyond: readonly BeyondMarks[]): string {
  const { clients, sidecars } = contract;
  const users = [...clients, ...sidecars];
  const namespaces = new Set(users.map(namespaceOf));
  const writers = users.filter(({ mark }) => mark.access === 'readWrite').length;
  const all = users.length === 1 ? 'which' : `${users.length === 2 ? 'both' : 'all'} of which`;
  const reading = isEnforced(contract)
    ? `${all} only ${users.length === 1 ? 'reads' : 'read'}`
    : `${all} ${users.length === 1 ? 'is' : 'are'} to read only, and **these manifests do not enforce it**`;
  const writing = users.length === 1 ? 'which' : `${writers} of which`;
  const strangers = beyond.filter(({ hasMark }) => !hasMark);
  const parties = beyond.filter(({ hasMark }) => hasMark);
  const by =
    parties.length === 0 ? '' : ` according to ${users.length === 1 ? 'its mark' : 'their marks'}`;
  const named =
    users.length === 0
      ? `used by no workload ${beyond.length === 0 ? 'in these manifests' : 'with a mark'}`
      : `${count(users.length, 'workload')} in ${count(namespaces.size, 'namespace')}, ${writers === 0 ? `${reading}${by}` : `${writing} may **write**`}`;
  const more = users.length === 0 ? '' : ' more';
  return [
    named,
    ...(strangers.length === 0
      ? []
      : [
          `**${strangers.length}${more} workload${strangers.length === 1 ? ' mounts' : 's mount'} it although no mark says so**${mayWords(strangers)}`,
        ]),
    ...(parties.length === 0
      ? []
      : [
          `**${count(parties.length, 'workload')} ${parties.length === 1 ? 'mounts more of it than its mark says' : 'mount more of it than their marks say'}**${mayWords(parties)}`,
        ]),
  ].join('; ');
}

/** Checks whether a reader of the contract cannot write, however its memory is shared. */
function isEnforced({ memory }: SharedContract): boolean {
  return memory.every(({ techniques }) =>
    techniques.every(({ technique }) => technique.promises.readOnly.kept),
  );
}

function mayWords(beyond: readonly BeyondMarks[]): string {
  const writers = beyond.filter(({ mayWrite }) => mayWrite).length;
  return writers === 0
    ? ', only to read'
    : beyond.length === 1
      ? ', and may **write**'
      : `, ${writers} of which may **write**`;
}
