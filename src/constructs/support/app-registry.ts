import { type IConstruct } from 'constructs';
import { InputError, show, shownPath } from '../../errors';
import { getOrCreate } from '../../kube/group';
import { comparedContract } from '../../model/contract/compared-contract';
import { compare } from '../../model/contract/contract-compare';
import type { ContractSpec, NodesSpec } from '../../model/contract/contract-spec';
import type { GrantedUse } from '../../model/injection/injection-policies';

const RESERVED = Symbol.for('cdk8s-shared-memory.reserved');
const AGENTS = Symbol.for('cdk8s-shared-memory.agents');
const GUARDS = Symbol.for('cdk8s-shared-memory.guards');
const DENIED = Symbol.for('cdk8s-shared-memory.denied');
const POLICIES = Symbol.for('cdk8s-shared-memory.policies');
const USES = Symbol.for('cdk8s-shared-memory.uses');
const CLASSES = Symbol.for('cdk8s-shared-memory.priority-classes');
const CONTRACTS = Symbol.for('cdk8s-shared-memory.contracts');

/**
 * Reserves the name of an object for one construct of an app. cdk8s silently renders two objects
 * with the same name, and the one that is applied last wins.
 */
export function reserveName(
  construct: IConstruct,
  field: string,
  name: string,
  allowed: string,
  fix: string,
): void {
  const names = ofApp<string>(construct, RESERVED);
  const key = `${field} ${name}`;
  const other = names.get(key);
  if (other !== undefined) {
    throw new InputError(construct.node.path, {
      code: 'SHM011',
      field,
      given: `${name}, which ${other} already makes`,
      allowed,
      fix,
    });
  }
  names.set(key, construct.node.path);
}

/** Returns the names that are reserved so far for objects of an app. */
export function reservedNames(construct: IConstruct, field: string): string[] {
  const prefix = `${field} `;
  return [...ofApp<string>(construct, RESERVED).keys()]
    .filter(key => key.startsWith(prefix))
    .map(key => key.slice(prefix.length));
}

/**
 * Reserves each node of a contract for one agent: several agents must divide the nodes between them
 * by the values of one label key, so that no node can have two.
 */
export function reserveNodes(
  construct: IConstruct,
  spec: ContractSpec,
  nodes: NodesSpec | undefined,
): void {
  const agents = ofApp<Record<string, NodesSpec | null>>(construct, AGENTS);
  const key = `${spec.namespace}/${spec.name}`;
  const mine = construct.node.path;
  const others = agents.get(key) ?? {};
  for (const [path, theirs] of Object.entries(others)) {
    if (
      path === mine ||
      (nodes &&
        theirs &&
        nodes.label.key === theirs.label.key &&
        nodes.label.value !== theirs.label.value)
    ) {
      continue;
    }
    const shown = (part: NodesSpec | null | undefined) =>
      part ? `nodes with ${part.label.key}=${part.label.value}` : 'all nodes of the contract';
    throw new InputError(mine, {
      code: 'SHM007',
      field: 'nodes',
      given: `a second agent of contract ${spec.name}, on ${shown(nodes)}; ${shownPath(path)} serves it on ${shown(theirs)}`,
      allowed:
        'one agent of a contract on each node: several divide its nodes by different values of one label key',
      fix: `write nodes: AgentNodes.labeled(${show(nodes?.label.key ?? theirs?.label.key ?? 'example.com/size')}, '...') for each of them, or remove one; a new version of a contract follows the old one in the same agent`,
    });
  }
  agents.set(key, { ...others, [mine]: nodes ?? null });
}

/**
 * Makes sure that all parts of an app mean the same contract by one name and version: agent, grants
 * and clients of different contracts would never meet. What concerns a client alone (what it waits
 * for, how it names the directory) may differ.
 */
export function requireSameContract(construct: IConstruct, spec: ContractSpec): void {
  const contracts = ofApp<{ readonly path: string; readonly spec: ContractSpec }>(
    construct,
    CONTRACTS,
  );
  const key = versionOf(spec);
  const first = contracts.get(key);
  if (first === undefined) {
    contracts.set(key, { path: construct.node.path, spec });
  } else if (first.spec !== spec) {
    const changes = compare(comparedContract(first.spec), comparedContract(spec)).filter(
      ({ field }) => !OF_CLIENTS.includes(field),
    );
    if (changes.length === 0) {
      return;
    }
    throw new InputError(construct.node.path, {
      code: 'SHM007',
      field: 'contract',
      given: `contract ${spec.name} ${spec.version} with ${changes.map(({ field, to, from }) => `${field} ${to}, not ${from}`).join('; ')}`,
      allowed: `what ${shownPath(first.path)} has under that name and version`,
      fix: 'use one contract in the whole app (a value that all import, or one file), or give the changed one another version',
    });
  }
}

/** Records that a guard of the app binds the directories of a contract. */
export function recordGuard(construct: IConstruct, spec: ContractSpec): void {
  ofApp<true>(construct, GUARDS).set(versionOf(spec), true);
}

/** Checks whether a guard of the app binds the directories of a contract. */
export function hasGuard(construct: IConstruct, spec: ContractSpec): boolean {
  return ofApp<true>(construct, GUARDS).has(versionOf(spec));
}

/** Records for which contracts a policy limits how a namespace writes. */
export function recordDenial(
  construct: IConstruct,
  namespace: string,
  contracts: readonly ContractSpec[],
): void {
  ofApp<string[]>(construct, DENIED).set(namespace, contracts.map(versionOf));
}

/** Checks whether a policy of the app limits how a namespace writes the memory of a contract. */
export function isDenied(construct: IConstruct, namespace: string, spec: ContractSpec): boolean {
  return (ofApp<string[]>(construct, DENIED).get(namespace) ?? []).includes(versionOf(spec));
}

/** Records the contracts that the policy of a namespace has. */
export function recordPolicy(
  construct: IConstruct,
  namespace: string,
  specs: readonly ContractSpec[],
): void {
  ofApp<string[]>(construct, POLICIES).set(namespace, specs.map(versionOf));
}

/** Checks whether a namespace has a policy in the app, and the policy lacks a contract. */
export function isOutsidePolicy(
  construct: IConstruct,
  namespace: string,
  spec: ContractSpec,
): boolean {
  const known = ofApp<string[]>(construct, POLICIES).get(namespace);
  return known !== undefined && !known.includes(versionOf(spec));
}

function versionOf({ namespace, name, version }: ContractSpec): string {
  return `${namespace}/${name} ${version}`;
}

/** Returns the uses of a contract's label that injections have granted so far, to add to. */
export function grantedUses(construct: IConstruct, contract: string): GrantedUse[] {
  return getOrCreate(ofApp<GrantedUse[]>(construct, USES), contract, () => []);
}

/** The priority classes of pods in a namespace, and who wants to know them. */
interface UsedClasses {
  readonly names: Set<string>;
  readonly listeners: ((className: string) => void)[];
}

function classesIn(construct: IConstruct, namespace: string): UsedClasses {
  return getOrCreate(ofApp<UsedClasses>(construct, CLASSES), namespace, () => ({
    names: new Set(),
    listeners: [],
  }));
}

/** Records that pods of the app in a namespace have a priority class. */
export function recordPriorityClass(
  construct: IConstruct,
  namespace: string,
  className: string | undefined,
): void {
  const { names, listeners } = classesIn(construct, namespace);
  if (className !== undefined && !names.has(className)) {
    names.add(className);
    listeners.forEach(listener => listener(className));
  }
}

/** Calls back for each priority class of pods in a namespace, also for those of later pods. */
export function onPriorityClass(
  construct: IConstruct,
  namespace: string,
  listener: (className: string) => void,
): void {
  const { names, listeners } = classesIn(construct, namespace);
  listeners.push(listener);
  names.forEach(className => listener(className));
}

const OF_CLIENTS = ['clientVolume', 'readyWhen', 'acknowledgements'];

/** What is remembered for a whole app, by whichever copy of the library. */
function ofApp<V>(construct: IConstruct, key: symbol): Map<string, V> {
  let root = construct;
  for (let scope = root.node.scope; scope !== undefined; scope = scope.node.scope) {
    root = scope;
  } // node.root makes a list of all of them
  return ((root as unknown as Record<symbol, Map<string, V>>)[key] ??= new Map());
}
