import { causedBy, wrongInAcknowledgement } from './acknowledgement';
import type { ContractSpec } from './contract-spec';
import { checkExisting } from './existing-check';
import { checkHugePages } from './huge-pages';
import { checkHiddenFiles, checkMemory, checkTogether, hasOwnDirectory } from './memory-check';
import { checkProcesses } from './process-check';
import { checkReadyWhen } from './ready-when-check';
import { checkSeLinux } from './selinux';
import { checkSticky } from './sticky-check';
import { checkAll, type InputChecks, type Need } from '../../errors';
import { isDnsLabel, isLabelValue, isQualifiedName } from '../../kube/names';
import { NODE_OS } from '../../kube/well-known';

const LARGEST_ID = 2 ** 31 - 1;

/** The fields that decide together what an existing directory may be. */
const OF_EXISTING = [
  'acknowledgements',
  'allowedNodePaths',
  'clientUser',
  'clientVolume',
  'clients',
  'groupId',
  'ownerId',
  'readyWhen',
] as const;

/**
 * Returns the contract if it is valid. Otherwise throws an error that lists all problems.
 *
 * @param isFirst whether the contract was read from the first version of the JSON format, which
 * accepted some paths that are refused now
 */
export function validSpec(spec: ContractSpec, isFirst = false): ContractSpec {
  checkAll(`contract ${spec.name}`, checks => checkSpec(spec, isFirst, checks));
  return spec;
}

/**
 * Finds all problems of a contract.
 *
 * @param unread fields that are wrong already, and of which only a part, or nothing, is in the
 * contract: what would follow from that is no problem of its own
 */
export function checkSpec(
  spec: ContractSpec,
  isFirst: boolean,
  { need }: InputChecks,
  unread: readonly (keyof ContractSpec)[] = [],
): void {
  const isRead = (...fields: (keyof ContractSpec)[]) => !fields.some(each => unread.includes(each));
  checkNames(spec, need);
  spec.memory.forEach(memory => checkMemory(memory, need));
  if (isRead('memory')) {
    checkTogether(spec, need);
  }
  if (!isFirst) {
    checkHiddenFiles(spec, need);
  }
  checkNodes(spec, need);
  checkTexts(spec, need);
  checkIds(spec, isFirst, need);
  checkChoices(spec, need);
  if (isRead('memory', 'clients')) {
    checkUse(spec, need);
  }
  checkReadyWhen(spec, need, isRead('memory'));
  checkProcesses(spec, need, isRead);
  if (isRead(...OF_EXISTING)) {
    checkExisting(spec, need);
  }
  checkHugePages(spec, need);
  if (isRead('clients')) {
    checkSticky(spec, need);
  }
  checkSeLinux(spec, need);
  checkAcknowledgements(spec, need, isRead('memory'));
}

function checkNames(spec: ContractSpec, need: Need): void {
  const label = (field: string, value: string, longest: number) =>
    need(
      isDnsLabel(value, longest),
      'SHM001',
      field,
      value,
      `lowercase letters, digits and "-", at most ${longest} characters, beginning and ending with a letter or digit (a DNS label)`,
      'choose such a name: it becomes part of paths on the node and of names in the cluster',
    );
  label('name', spec.name, 40);
  label('namespace', spec.namespace, 63);
  label('version', spec.version, 20);
  spec.memory.forEach(m => label('memory name', m.name, 20));
}

/** Checks the texts for reviewers, which nothing verifies. */
function checkTexts(spec: ContractSpec, need: Need): void {
  const text = (field: 'servedBy' | 'team' | 'dataClass', what: string, example: string) => {
    const value: unknown = spec[field];
    need(
      value === undefined || (typeof value === 'string' && /^[^\p{Cc}]{1,100}$/u.test(value)),
      'SHM007',
      field,
      value,
      `one line of at most 100 characters: ${what}`,
      `write ${field}: '${example}'`,
    );
  };
  text('servedBy', 'the name of whoever serves the memory', 'vineyard-operator');
  text('team', 'the team that answers for the contract', 'network-platform');
  text('dataClass', 'the class of the data in the memory', 'confidential');
}

function checkNodes({ nodes }: ContractSpec, need: Need): void {
  const key =
    'an optional DNS subdomain and "/", then at most 63 letters, digits, "-", "_" and "."';
  const value = 'at most 63 letters, digits, "-", "_" and "."';
  for (const [field, pair] of [
    ['nodes label', nodes.label],
    ['nodes taint', nodes.taint],
  ] as const) {
    if (!pair) {
      continue;
    }
    need(
      isQualifiedName(pair.key),
      'SHM002',
      `${field} key`,
      pair.key,
      key,
      'write a key like example.com/routes-agent',
    );
    need(
      isLabelValue(pair.value),
      'SHM002',
      `${field} value`,
      pair.value,
      value,
      'write a value like "yes"',
    );
  }
  need(
    !(nodes.label.key === NODE_OS && nodes.label.value !== 'linux'),
    'SHM014',
    'nodes',
    nodes.label.value,
    'linux',
    'choose Linux nodes: no other system has this shared memory',
  );
}

function checkIds(spec: ContractSpec, isFirst: boolean, need: Need): void {
  const files = spec.memory.filter(hasOwnDirectory).map(m => m.name);
  for (const [field, id, use] of [
    ['ownerId', spec.ownerId, 'owns and writes'],
    ['groupId', spec.groupId, 'may read'],
  ] as const) {
    const least = field === 'ownerId' && !isFirst ? 0 : 1;
    need(
      id === undefined || (Number.isInteger(id) && id >= least && id <= LARGEST_ID),
      'SHM004',
      field,
      id,
      `a whole number from ${least} to ${LARGEST_ID}`,
      field === 'ownerId'
        ? 'use an unprivileged id; 0 is root, for an agent that cannot run without it'
        : 'use an unprivileged id: 0 is root',
    );
    need(
      id !== undefined || files.length === 0,
      'SHM004',
      field,
      id,
      `a whole number from 1 to ${LARGEST_ID}`,
      `say who ${use} the files of memory ${files.join(', ')}: ${field}: 10001`,
    );
  }
}

function checkChoices(spec: ContractSpec, need: Need): void {
  need(
    ['readOnly', 'readWrite'].includes(spec.clients),
    'SHM012',
    'clients',
    spec.clients,
    'Access.READ_ONLY or Access.READ_WRITE',
    'write one of them',
  );
  need(
    spec.chargedTo === undefined || ['agent', 'client'].includes(spec.chargedTo),
    'SHM007',
    'chargedTo',
    spec.chargedTo,
    'Payer.AGENT or Payer.CLIENT',
    'write one of them, or leave it out',
  );
  for (const field of ['hostPid', 'hostNetwork'] as const) {
    need(
      spec[field] === undefined || typeof spec[field] === 'boolean',
      'SHM007',
      field,
      spec[field],
      'true or false',
      'write one of them, or leave it out',
    );
  }
}

/** Checks that the memory, and what clients do with it, can be had in the way that was chosen. */
function checkUse(spec: ContractSpec, need: Need): void {
  const writable = spec.memory.some(m => m.api !== 'descriptors');
  need(
    spec.clients !== 'readWrite' || writable,
    'SHM007',
    'clients',
    'Access.READ_WRITE',
    'Access.READ_ONLY, for a contract of SharedMemory.descriptors() alone',
    "leave it out: what clients may do with a descriptor is up to its seals, and the directory of the socket is the agent's",
  );
  const touches =
    spec.clients === 'readWrite' ||
    spec.memory.every(m => m.mountPath === undefined || m.api === 'descriptors');
  need(
    spec.chargedTo !== 'client' || touches,
    'SHM007',
    'chargedTo',
    'Payer.CLIENT with clients that only read',
    'Payer.AGENT: who only reads does not touch the pages first',
    'leave it out, or write clients: Access.READ_WRITE',
  );
  const claims = spec.memory.some(m => m.api !== 'systemV' && m.backing !== 'devShm');
  need(
    spec.clientVolume !== 'persistentVolumeClaim' || claims,
    'SHM007',
    'clientVolume',
    'ClientVolume.persistentVolumeClaim()',
    'nothing, or ClientVolume.hostPath()',
    'leave it out: neither System V memory nor Backing.devShm() can be claimed',
  );
}

function checkAcknowledgements(spec: ContractSpec, need: Need, hasMemory: boolean): void {
  const caused = causedBy(spec);
  for (const each of spec.acknowledgements ?? []) {
    const wrong = wrongInAcknowledgement(each);
    for (const { field, allowed } of wrong) {
      need(
        false,
        'SHM021',
        `acknowledgements ${field}`,
        each[field],
        allowed,
        'see docs/rules.md of the package',
      );
    }
    need(
      wrong.length > 0 || !hasMemory || caused.includes(each.rule),
      'SHM021',
      'acknowledgements rule',
      each.rule,
      caused.length === 0
        ? 'nothing: this contract causes no finding in its workloads'
        : `${caused.join(' or ')}, which this contract causes in all of its workloads`,
      'acknowledge it where it is caused: Acknowledgements.of(workload).add({ ... })',
    );
  }
  const rules = (spec.acknowledgements ?? []).map(({ rule }) => rule);
  need(
    new Set(rules).size === rules.length,
    'SHM021',
    'acknowledgements',
    rules,
    'each rule once',
    'give one reason for it',
  );
}
