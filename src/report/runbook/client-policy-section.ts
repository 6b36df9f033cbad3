import { guardrailsOf, isDenying, type Binding, type Guardrail } from '../../sharing/guardrails';
import type { MarkedManifests } from '../../sharing/marked-manifests';
import { privilegesOf } from '../review/explained-privileges';
import { placeWords, reportWords } from '../review/guardrail-words';
import { code, some, table } from '../review/markdown';
import { levelsOf } from '../review/namespaces-section';
import { quoted, shell } from '../shell-commands';

/** The annotation of an audit event for what a policy would have refused, or has refused. */
const FAILURE = 'validation.policy.admission.k8s.io/validation_failure';

/** What a ClientPolicy reports and does not refuse: PolicyAction.WARN. */
const REPORTS = '{"spec":{"validationActions":["Warn","Audit"]}}';

/**
 * Copies of the pods of a namespace, as their controllers would create them again. An ephemeral
 * container cannot be in a pod that is created.
 */
const COPIES =
  '{apiVersion: "v1", kind: "List", items: [.items[] | .metadata |= {namespace, labels, annotations, generateName: "copy-"} | del(.status, .spec.nodeName, .spec.ephemeralContainers)]}';

/** Says for each ClientPolicy how it comes to refuse pods: it reports first. */
export function clientPolicies(marked: MarkedManifests): string[] {
  const guardrails = guardrailsOf(marked.set);
  const bound = guardrails.filter(
    ({ grants, bindings }) => grants !== undefined && bindings.length > 0,
  );
  if (bound.length === 0) {
    return [];
  }
  const privileged = levelsOf(marked, privilegesOf(marked, []))
    .filter(({ level }) => level === 'privileged')
    .map(({ namespace }) => namespace);
  return bound.flatMap(each =>
    ofPolicy(
      each,
      guardrails.find(({ policy }) => policy.name === `${each.policy.name}.volumes`),
      privileged,
    ),
  );
}

function ofPolicy(
  { policy, bindings }: Guardrail,
  volumes: Guardrail | undefined,
  privileged: readonly string[],
): string[] {
  const all = [...bindings, ...(volumes?.bindings ?? [])];
  const namespaces = [...new Set(bindings.flatMap(each => each.namespaces))].sort();
  const open = namespaces.filter(name => privileged.includes(name));
  return [
    `## ClientPolicy ${code(policy.name)}: report, then refuse`,
    '',
    ...table(
      ['binding', 'in these manifests'],
      all.map(each => [code(each.manifest.name), stage(each)]),
    ),
    'The policy judges a pod when it is created: pods that run already stay until they are replaced, and may then be refused. So if it is new, or has new limits, let it report before it refuses.',
    '',
    '**Report**: with `action: PolicyAction.WARN`, the bindings have `validationActions: [Warn, Audit]`. `namespaceActions` gives single namespaces another action, so that one can refuse before the others. Apply the bindings. They are in force some seconds later.',
    ...(open.length === 0
      ? []
      : [
          '',
          `**Until it refuses**, whoever may create pods in ${some(open.map(code))} controls the nodes: Pod Security must admit everything there.`,
        ]),
    '',
    '**Look at** what the policy would refuse. This creates no pod: it asks the API server about a copy of each pod that is there.',
    '',
    ...shell(
      ...namespaces.map(
        namespace =>
          `kubectl get pods -n ${quoted(namespace)} -o json | jq '${COPIES}' | kubectl create --dry-run=server -o name -f -   # must print neither "Warning: Validation failed" nor an error`,
      ),
    ),
    'Pods that are created only now and then, as those of a CronJob, are in the audit log of the API server, if the cluster has one. Wait until each of them has run:',
    '',
    ...shell(
      'AUDIT_LOG=...',
      `jq -c ${quoted(failuresOf(policy.name))} "$AUDIT_LOG"   # must print nothing`,
    ),
    'The message names the volume or the container, and says what to do: change the workload, or add the grant to the `ClientPolicy`.',
    '',
    '**Refuse**: leave `action` out, or write `action: PolicyAction.DENY`: `validationActions: [Deny, Audit]`. Apply, and look at the events of controllers that cannot create their pods:',
    '',
    ...shell(
      `kubectl get events -A --field-selector reason=FailedCreate | grep ${quoted(policy.name)}   # must print nothing`,
    ),
    '**Go back** if the policy refuses pods that must run, and there is no time to change them. Apply the manifests again when it is over:',
    '',
    ...shell(
      ...all.map(
        ({ manifest }) =>
          `kubectl patch validatingadmissionpolicybinding ${quoted(manifest.name)} --type=merge -p '${REPORTS}'`,
      ),
    ),
  ];
}

/**
 * The jq program that prints who would have been refused by a policy, and why. It leaves out the
 * dry runs of the step before.
 */
function failuresOf(policy: string): string {
  const failure = `.annotations[${JSON.stringify(FAILURE)}]`;
  return `select((.requestURI | contains("dryRun=") | not) and (${failure} // "" | contains(${JSON.stringify(policy)}))) | [.objectRef.namespace, .user.username, ${failure}]`;
}

function stage(binding: Binding): string {
  return `${isDenying(binding) ? 'refuses' : `only ${reportWords(binding.actions)}`} ${placeWords(binding)}`;
}
