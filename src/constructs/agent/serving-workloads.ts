import { type ApiObject } from 'cdk8s';
import { type IConstruct } from 'constructs';
import { InputChecks, show } from '../../errors';
import { readContract } from '../../model/contract/contract-json';
import type { ContractSpec, NodesSpec } from '../../model/contract/contract-spec';

/**
 * What is recorded at a workload that serves a contract: plain data, because another copy of the
 * library may read it.
 */
interface Note {
  /** The contract in JSON form, with the sizes that this agent has. */
  readonly contract: string;
  /** The name of the agent; waves of one agent have one name. */
  readonly agent: string;
  /** What the agent writes on a node as the owner of the contract's directory. */
  readonly marker: string;
  /** JSON pointer of the pod template. */
  readonly template: string;
  /** The part of the contract's nodes that the agent serves. Absent for all of them. */
  readonly part?: NodesSpec;
}

/** A workload that serves a contract. */
export interface ServingWorkload extends Omit<Note, 'contract'> {
  readonly object: ApiObject;
  readonly spec: ContractSpec;
}

const SERVED = Symbol.for('cdk8s-shared-memory.served');

/** Remembers, at the workload, what it serves. */
export function recordServing(object: ApiObject, note: Note): void {
  const holder = object as ApiObject & { [SERVED]?: Note[] };
  if (!holder[SERVED]) {
    Object.defineProperty(holder, SERVED, { value: [] });
  }
  holder[SERVED]?.push(note);
}

/**
 * Returns the workloads of agents at or below the constructs, each with what it serves. Each
 * construct must hold at least one, and all must be in one namespace.
 */
export function servingWorkloads(agents: readonly IConstruct[], where: string): ServingWorkload[] {
  const checks = new InputChecks(where);
  if (!Array.isArray(agents) || agents.length === 0) {
    checks.fail(
      'SHM007',
      'agents',
      agents,
      'a list of one or more agents',
      'write agents: [agent]',
    );
    checks.end({});
  }
  const found = agents.flatMap((agent: IConstruct, i) => {
    const isConstruct = typeof agent?.node?.findAll === 'function';
    const served = isConstruct ? agent.node.findAll().flatMap(notesOf) : [];
    if (served.length === 0) {
      checks.add({
        code: 'SHM029',
        field: `agents[${i}]`,
        given: isConstruct ? `${agent.node.path}, which serves no contract` : show(agent),
        allowed: 'a NodeAgent, or a workload that contract.serveFrom() was called with before',
        fix: 'give the agent itself, after serveFrom() was called',
      });
    }
    return served;
  });
  const namespaces = [...new Set(found.map(({ spec }) => spec.namespace))];
  if (namespaces.length > 1) {
    checks.add({
      code: 'SHM007',
      field: 'agents',
      given: `agents of the namespaces ${namespaces.join(', ')}`,
      allowed: 'agents of one namespace',
      fix: 'make one for each namespace',
    });
  }
  checks.end({});
  return found;
}

/** Returns what an object serves so far. */
export function notesOf(object: IConstruct): ServingWorkload[] {
  const notes = (object as ApiObject & { [SERVED]?: Note[] })[SERVED] ?? [];
  return notes.map(note => ({
    ...note,
    object: object as ApiObject,
    spec: readContract(note.contract, object.node.path),
  }));
}
