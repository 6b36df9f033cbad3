import type { ApiObject } from 'cdk8s';
import { describeIn, show, type Problem } from '../../errors';
import { getOrCreate } from '../../kube/group';
import { at, keysOf, type Json } from '../../kube/json';
import type { ContractSpec } from '../../model/contract/contract-spec';
import { ownerOf } from '../../model/contract/node-layout';
import { refusedWriters, type RefusedWriter } from '../../model/policy/refused-writers';
import { TAKING } from '../../model/policy/writer-checks';
import { CallSite } from '../../wire/call-site';
import { dotted } from '../../wire/draft';
import { previewJson } from '../../wire/hook';
import { isDenied } from '../support/app-registry';
import type { Target } from '../support/targets';

/** The clients whose pods are checked already: one contract may be attached twice. */
const checked = new WeakMap<ApiObject, Set<string>>();

/**
 * Makes the app not validate if a client that writes would be refused by the ClientPolicy that the
 * same app has for its namespace. The policy may be made after the client is attached, and the user
 * of a container may be written later, so the rendered pod is what is looked at.
 */
export function checkWriter(spec: ContractSpec, { object, template }: Target): void {
  const known = getOrCreate(checked, object, () => new Set());
  const key = `${spec.namespace}/${spec.name} ${template}`;
  if (known.has(key)) {
    return;
  }
  known.add(key);
  const callSite = new CallSite();
  object.node.addValidation({
    validate: () => {
      const namespace = object.metadata.namespace;
      if (namespace === undefined || !isDenied(object, namespace, spec)) {
        return [];
      }
      const place = [...keysOf(template), 'spec'];
      const pod = at(previewJson(object), ...place) as Json | undefined;
      const { place: line } = callSite;
      const end = line === undefined ? '' : ` (${ownerOf(spec)} at ${line})`;
      return refusedWriters(spec, pod).map(each => {
        const problem = problemOf(each, place, spec, namespace);
        return describeIn(object.node.path, { ...problem, fix: `${problem.fix}${end}` });
      });
    },
  });
}

function problemOf(
  { container, path, value, because }: RefusedWriter,
  place: readonly (string | number)[],
  spec: ContractSpec,
  namespace: string,
): Problem {
  const policy = `the ClientPolicy of namespace ${namespace} refuses the pod, because container ${container} writes the memory of ${ownerOf(spec)}`;
  const problem = {
    code: 'SHM010',
    field: dotted([...place, ...path]),
    given: value === undefined ? 'nothing' : show(value),
  } as const;
  if (because === 'capabilities') {
    return {
      ...problem,
      allowed: `no way to the capabilities ${TAKING.join(', ')}: ${policy}, and could lock out everybody else with them`,
      fix: 'write allowPrivilegeEscalation: false, or capabilities: { drop: [ALL] }, and add none of them',
    };
  }
  const owner = spec.ownerId === undefined ? '' : ` and ${spec.ownerId}, who owns the memory`;
  return {
    ...problem,
    allowed: `a user other than root${owner}: ${policy}, and could lock out everybody else as that user`,
    fix: 'write another runAsUser, or runAsNonRoot: true without one; if the client only reads, leave access out; if clients must be the owner, ask the owner of the contract for clientUser: ClientUser.owner()',
  };
}
