import { causedBy, wrongInAcknowledgement } from './acknowledgement';
import type { ContractSpec, MemorySpec } from './contract-spec';
import { InputError, show, type ErrorCode, type Problem } from '../../errors';
import { isDnsLabel, isImage, isLabelValue, isQualifiedName } from '../../kube/names';
import { cleanPath, overlaps } from '../../kube/path';
import { DEV_SHM, NODE_OS } from '../../kube/well-known';

const LARGEST_ID = 2 ** 31 - 1;
const SYSTEM_PATHS = ['/dev', '/proc', '/sys'];

/** A contract that is right; otherwise an error with all that is wrong. */
export function validSpec(spec: ContractSpec): ContractSpec {
  const problems = checkSpec(spec);
  if (problems.length > 0) { throw new InputError(`contract ${spec.name}`, ...problems); }
  return spec;
}

/** All that is wrong with a contract. */
function checkSpec(spec: ContractSpec): Problem[] {
  const problems: Problem[] = [];
  const need: Need = (ok, code, field, given, allowed, fix) => {
    if (!ok) { problems.push({ code, field, given: show(given), allowed, fix }); }
  };
  checkNames(spec, need);
  spec.memory.forEach(memory => checkMemory(memory, need));
  checkTogether(spec, need);
  checkNodes(spec, need);
  checkIds(spec, need);
  checkChoices(spec, need);
  checkReadyWhen(spec, need);
  checkAcknowledgements(spec, need);
  return problems;
}

type Need = (ok: boolean, code: ErrorCode, field: string, given: unknown, allowed: string, fix: string) => void;

function checkNames(spec: ContractSpec, need: Need): void {
  const label = (field: string, value: string, longest: number) => need(isDnsLabel(value, longest), 'SHM001', field, value,
    `lowercase letters, digits and "-", at most ${longest} characters, beginning and ending with a letter or digit (a DNS label)`,
    'choose such a name: it becomes part of paths on the node and of names in the cluster');
  label('name', spec.name, 40);
  label('namespace', spec.namespace, 63);
  label('version', spec.version, 20);
  spec.memory.forEach(m => label('memory name', m.name, 20));
}

function checkMemory(m: MemorySpec, need: Need): void {
  need(Number.isSafeInteger(m.size) && m.size > 0, 'SHM003', `size of memory ${m.name}`, m.size, 'a whole number of bytes from 1 to 2^53 - 1', 'write a size like Size.mebibytes(256)');
  const { mountPath } = m;
  const field = `mountPath of memory ${m.name}`;
  const choice = m.api === 'files' || m.api === 'posix';
  need(choice || m.backing === undefined, 'SHM007', `backing of memory ${m.name}`, m.backing, `nothing for ${m.api}`, 'leave it out');
  if (m.api === 'systemV') {
    need(mountPath === undefined, 'SHM006', field, mountPath, 'nothing: System V memory has no path', 'leave it out');
    return;
  }
  if (m.api === 'posix') {
    need(mountPath === DEV_SHM, 'SHM006', field, mountPath, '"/dev/shm": that is where shm_open looks', 'write "/dev/shm", or use files at a path of their own');
    return;
  }
  if (typeof mountPath !== 'string') {
    need(false, 'SHM006', field, mountPath, 'an absolute path without "..", ":" and control characters', 'write a path like /run/routes');
    return;
  }
  need(mountPath.startsWith('/') && !mountPath.split('/').includes('..') && !/[:\p{Cc}]/u.test(mountPath), 'SHM006', field, mountPath,
    'an absolute path without "..", ":" and control characters', 'write a path like /run/routes');
  need(!mountPath.startsWith('/') || cleanPath(mountPath) === mountPath, 'SHM006', field, mountPath, show(cleanPath(mountPath)),
    'write the path without doubled or trailing slashes: container runtimes compare it as text');
  need(mountPath !== DEV_SHM, 'SHM006', field, mountPath, 'a path of its own', 'for /dev/shm use SharedMemory.posix()');
  need(mountPath !== '/' && !SYSTEM_PATHS.some(p => overlaps(cleanPath(mountPath), p) && cleanPath(mountPath) !== DEV_SHM), 'SHM006', field, mountPath,
    `a path outside ${SYSTEM_PATHS.join(', ')}`, 'write a path like /run/routes');
}

function checkTogether(spec: ContractSpec, need: Need): void {
  need(spec.memory.length > 0, 'SHM005', 'memory', spec.memory, 'one memory or more', 'add SharedMemory.files(), .posix() or .systemV()');
  const names = spec.memory.map(m => m.name);
  const twice = names.filter((name, i) => names.indexOf(name) !== i);
  need(twice.length === 0, 'SHM005', 'memory', names, 'memories with different names', `give each memory a name of its own: ${twice.join(', ')} is there twice`);
  spec.memory.forEach((a, i) => spec.memory.slice(i + 1).forEach(b => {
    if (typeof a.mountPath !== 'string' || typeof b.mountPath !== 'string') { return; }
    need(!overlaps(cleanPath(a.mountPath), cleanPath(b.mountPath)), 'SHM006', 'mountPath', [a.mountPath, b.mountPath],
      'paths of which none is, or lies below, another', `move one of the memories ${a.name} and ${b.name}`);
  }));
}

function checkNodes({ nodes }: ContractSpec, need: Need): void {
  const key = 'an optional DNS subdomain and "/", then at most 63 letters, digits, "-", "_" and "."';
  const value = 'at most 63 letters, digits, "-", "_" and "."';
  for (const [field, pair] of [['nodes label', nodes.label], ['nodes taint', nodes.taint]] as const) {
    if (!pair) { continue; }
    need(isQualifiedName(pair.key), 'SHM002', `${field} key`, pair.key, key, 'write a key like example.com/routes-agent');
    need(isLabelValue(pair.value), 'SHM002', `${field} value`, pair.value, value, 'write a value like "yes"');
  }
  need(!(nodes.label.key === NODE_OS && nodes.label.value !== 'linux'), 'SHM014', 'nodes', nodes.label.value, 'linux', 'choose Linux nodes: no other system has this shared memory');
}

function checkIds(spec: ContractSpec, need: Need): void {
  const files = spec.memory.filter(m => m.api !== 'systemV').map(m => m.name);
  for (const [field, id, use] of [['ownerId', spec.ownerId, 'owns and writes'], ['groupId', spec.groupId, 'may read']] as const) {
    need(id === undefined || (Number.isInteger(id) && id > 0 && id <= LARGEST_ID), 'SHM004', field, id, `a whole number from 1 to ${LARGEST_ID}`,
      'use an unprivileged id: 0 is root');
    need(id !== undefined || files.length === 0, 'SHM004', field, id, `a whole number from 1 to ${LARGEST_ID}`,
      `say who ${use} the files of memory ${files.join(', ')}: ${field}: 10001`);
  }
}

function checkChoices(spec: ContractSpec, need: Need): void {
  need(['readOnly', 'readWrite'].includes(spec.clients), 'SHM012', 'clients', spec.clients, 'Access.READ_ONLY or Access.READ_WRITE', 'write one of them');
  const writable = spec.memory.some(m => m.api !== 'descriptors');
  need(spec.clients !== 'readWrite' || writable, 'SHM007', 'clients', 'Access.READ_WRITE', 'Access.READ_ONLY, for a contract of SharedMemory.descriptors() alone',
    'leave it out: what clients may do with a descriptor is up to its seals, and the directory of the socket is the agent\'s');
  need(spec.chargedTo === undefined || ['agent', 'client'].includes(spec.chargedTo), 'SHM007', 'chargedTo', spec.chargedTo, 'Payer.AGENT or Payer.CLIENT', 'write one of them, or leave it out');
  const touches = spec.clients === 'readWrite' || spec.memory.every(m => m.mountPath === undefined || m.api === 'descriptors');
  need(spec.chargedTo !== 'client' || touches, 'SHM007', 'chargedTo', 'Payer.CLIENT with clients that only read', 'Payer.AGENT: who only reads does not touch the pages first',
    'leave it out, or write clients: Access.READ_WRITE');
  for (const field of ['hostPid', 'hostNetwork'] as const) {
    need(spec[field] === undefined || typeof spec[field] === 'boolean', 'SHM007', field, spec[field], 'true or false', 'write one of them, or leave it out');
  }
  const claims = spec.memory.some(m => m.api !== 'systemV' && m.backing !== 'devShm');
  need(spec.clientVolume !== 'persistentVolumeClaim' || claims, 'SHM007', 'clientVolume', 'ClientVolume.persistentVolumeClaim()', 'nothing, or ClientVolume.hostPath()',
    'leave it out: neither System V memory nor Backing.devShm() can be claimed');
}

function checkAcknowledgements(spec: ContractSpec, need: Need): void {
  const caused = causedBy(spec);
  for (const each of spec.acknowledgements ?? []) {
    const wrong = wrongInAcknowledgement(each);
    need(wrong === undefined, 'SHM021', `acknowledgements ${wrong?.field}`, wrong && each[wrong.field], wrong?.allowed ?? '', 'see docs/rules.md');
    need(wrong !== undefined || caused.includes(each.rule), 'SHM021', 'acknowledgements rule', each.rule,
      caused.length === 0 ? 'nothing: this contract causes no finding in its workloads' : `${caused.join(' or ')}, which this contract causes in all of its workloads`,
      'acknowledge it where it is caused: Acknowledgements.of(workload).add({ ... })');
  }
  const rules = (spec.acknowledgements ?? []).map(({ rule }) => rule);
  need(new Set(rules).size === rules.length, 'SHM021', 'acknowledgements', rules, 'each rule once', 'give one reason for it');
}

function checkReadyWhen(spec: ContractSpec, need: Need): void {
  const ready = spec.readyWhen;
  if (!ready) { return; }
  need(isImage(ready.toolImage), 'SHM015', 'readyWhen toolImage', ready.toolImage, 'an image with sh, sleep and awk',
    'write the busybox of your registry: toolImage: \'registry.example.com/busybox:1.36\'');
  const objects = [ready.file, ready.socket, ready.systemVKey].filter(given => given !== undefined);
  need(objects.length === 1, 'SHM007', 'readyWhen', ready, 'a file, a socket or a System V key', 'use ReadyWhen.file(), ReadyWhen.socket() or ReadyWhen.systemVKey()');
  for (const [field, path] of [['file', ready.file], ['socket', ready.socket]] as const) {
    if (path === undefined) { continue; }
    const there = spec.memory.filter(m => m.mountPath !== undefined && (field === 'socket' || m.api !== 'descriptors'));
    need(typeof path === 'string' && path !== '' && !path.startsWith('/') && !path.split('/').includes('..') && !/\p{Cc}/u.test(path), 'SHM006', `readyWhen ${field}`, path,
      'a path relative to the mount path, without ".." and control characters', `write the name of the ${field} that the agent makes last`);
    need(ready.memory === undefined ? there.length === 1 : there.some(m => m.name === ready.memory), 'SHM007', 'readyWhen memory', ready.memory,
      `one of: ${there.map(m => m.name).join(', ') || `none, as the contract has no memory with a ${field}`}`, `name the memory that has the ${field}: ReadyWhen.${field}(path, { memory, toolImage })`);
  }
  if (ready.systemVKey !== undefined) {
    need(Number.isInteger(ready.systemVKey) && ready.systemVKey > 0 && ready.systemVKey < 2 ** 32, 'SHM007', 'readyWhen systemVKey', ready.systemVKey,
      'a key_t from 1 to 2^32 - 1 (0 is IPC_PRIVATE)', 'write the key that the agent gives to shmget');
    need(spec.memory.some(m => m.api === 'systemV'), 'SHM007', 'readyWhen systemVKey', ready.systemVKey, 'a contract with SharedMemory.systemV()', 'use ReadyWhen.file() or ReadyWhen.socket()');
  }
}
