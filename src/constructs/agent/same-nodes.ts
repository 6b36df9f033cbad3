import { notesOf } from './serving-workloads';
import { InputError } from '../../errors';
import { NODE_OS } from '../../kube/well-known';
import type { ContractSpec, NodesSpec } from '../../model/contract/contract-spec';
import type { Target } from '../support/targets';

/**
 * Checks that an agent that serves other contracts in the same pods can serve one more: all must be
 * on the same nodes.
 */
export function checkSameNodes(
  spec: ContractSpec,
  part: NodesSpec | undefined,
  { object, template }: Target,
): void {
  const labels = labelsOf(spec.nodes, part);
  const other = notesOf(object).find(note => {
    const theirs = [...labelsOf(note.spec.nodes, note.part)];
    const isSame =
      theirs.length === labels.size && theirs.every(([key, value]) => labels.get(key) === value);
    // two values of one label are a contradiction that the edits report
    const contradict = theirs.some(([key, value]) => (labels.get(key) ?? value) !== value);
    return note.template === template && !isSame && !contradict;
  });
  if (other !== undefined) {
    throw new InputError(object, {
      code: 'SHM007',
      field: 'nodes',
      given: `contract ${spec.name} on ${nodesWords(labels)}, for an agent that serves contract ${other.spec.name} on ${nodesWords(labelsOf(other.spec.nodes, other.part))}`,
      allowed:
        'contracts on the same nodes: the agent would run only on nodes with all these labels, and clients on all others would wait forever',
      fix: 'give both contracts the same nodes, or serve each from an agent of its own',
    });
  }
}

/** The labels of the nodes that an agent of a contract is on; empty for all nodes. */
function labelsOf(...nodes: readonly (NodesSpec | undefined)[]): ReadonlyMap<string, string> {
  return new Map(
    nodes.flatMap(each =>
      each === undefined || each.label.key === NODE_OS ? [] : [[each.label.key, each.label.value]],
    ),
  );
}

function nodesWords(labels: ReadonlyMap<string, string>): string {
  const all = [...labels].map(([key, value]) => `${key}=${value}`);
  return all.length === 0 ? 'all nodes' : `nodes with ${all.join(' and ')}`;
}
