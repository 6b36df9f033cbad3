import { groupBy } from '../../kube/group';
import { claimNameOf } from '../../model/contract/node-layout';
import { leastClientLimit } from '../../model/injection/client-limit';
import { parseUseValue, useGuardName, useLabel, WIRED_GATE } from '../../model/injection/use-label';
import type { Injection } from '../../sharing/injections';
import { code, some, table } from '../review/markdown';
import { quoted, shell, tries } from '../shell-commands';

/** Says how pods join contracts by label: in which order to apply, and what to look at. */
export function labels(injections: readonly Injection[]): string[] {
  return [...groupBy(injections, ({ spec }) => spec.name)].flatMap(([contract, all]) =>
    ofContract(contract, all),
  );
}

function ofContract(contract: string, injections: readonly Injection[]): string[] {
  const label = useLabel(contract);
  const policies = [
    ...injections.map(({ policy }) => policy?.name ?? contract),
    useGuardName(contract),
  ].map(quoted);
  return [
    `## Pods that join contract ${code(contract)} by label`,
    '',
    ...table(
      ['label of the pod template', 'namespaces', 'wired by'],
      injections.map(({ value, namespaces, policy: wiredBy }) => [
        code(`${label}: ${value}`),
        namespaces === undefined ? 'those that its binding selects' : some(namespaces.map(code)),
        code(wiredBy?.name ?? ''),
      ]),
    ),
    'This needs Kubernetes 1.36 or newer on all API servers. An older one does not know the policies: the label does nothing, and the pod runs without the memory.',
    '',
    'Apply the grants, then the policies. They are in force some seconds later. Until then, a labelled pod is neither wired nor refused, so wait before you apply workloads:',
    '',
    ...shell(
      'wired() {',
      `  sed "s/VALUE/$2/" <<'EOF' | kubectl create -n "$1" --dry-run=server -o jsonpath='{.spec.volumes[*].persistentVolumeClaim.claimName}' -f -`,
      JSON.stringify(probe(label, injections)),
      'EOF',
      '}',
      ...injections.flatMap(injection =>
        (injection.namespaces ?? ['default']).map(
          namespace =>
            `${tries(`wired ${quoted(namespace)} ${quoted(injection.value)} | grep ${quoted(claimsOf(injection)[0])}`, { times: 60, gaveUp: `not wired in ${namespace} after a minute: apply no workloads there` })}   # must print the claim`,
        ),
      ),
    ),
    '**Look at** pods that have the label and not the memory. They were created before the policies were in force; delete them, and their controllers make new ones:',
    '',
    ...shell(
      `kubectl get pods -A -l ${quoted(label)} -o jsonpath='{range .items[*]}{.metadata.namespace}/{.metadata.name} {.spec.volumes[*].persistentVolumeClaim.claimName}{"\\n"}{end}' | grep -v -e ${[...new Set(injections.flatMap(claimsOf))].map(quoted).join(' -e ')}   # prints nothing if all is well`,
    ),
    'If a workload has no pods, an event of its ReplicaSet or Job says why:',
    '',
    ...shell(
      `kubectl get events -A --field-selector reason=FailedCreate | grep -e ${policies.join(' -e ')}`,
    ),
    `**Go back**: remove the label from the workload, and the scheduling gate ${code(WIRED_GATE)} if it has it. If the policies themselves refuse pods that must run, and there is no time to fix them, \`kubectl delete validatingadmissionpolicybinding ${policies.join(' ')}\` lets labelled pods run, wired or not; those with the scheduling gate stay gated. Apply the manifests again when it is over.`,
    '',
  ];
}

/** Returns the claims that the policies of an injection mount. */
function claimsOf({ spec, value }: Injection): string[] {
  const access = parseUseValue(value)?.access ?? 'readOnly';
  return spec.memory.map(memory =>
    claimNameOf(
      { contract: spec.name, memory: memory.name, version: spec.version },
      memory.api === 'descriptors' ? 'readOnly' : access,
    ),
  );
}

/** A pod that Pod Security "restricted" accepts. It is never created. */
function probe(label: string, injections: readonly Injection[]): object {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'shared-memory-probe', labels: { [label]: 'VALUE' } },
    spec: {
      automountServiceAccountToken: false,
      containers: [
        {
          name: 'probe',
          image: 'probe',
          resources: { limits: { memory: leastClientLimit(injections.map(({ spec }) => spec)) } },
          securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
        },
      ],
      securityContext: {
        runAsNonRoot: true,
        runAsUser: 65534,
        seccompProfile: { type: 'RuntimeDefault' },
      },
    },
  };
}
