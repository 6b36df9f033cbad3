import { at } from '../../kube/json';
import type { Manifest } from '../../kube/manifest';
import { selects, serviceSelector } from '../../kube/selector';
import { SERVICE_NAME } from '../../kube/well-known';
import { readShift, split, type ShiftSpec } from '../../model/rollout/shift';
import type { MarkedManifests } from '../../sharing/marked-manifests';
import { code, plain, table } from '../review/markdown';
import { inNamespace, quoted, rolloutStatus, shell } from '../shell-commands';

const STEPS = [0, 10, 25, 50, 75, 100];

/**
 * Describes workloads that are being shifted from a Deployment with the agent inside to its twin
 * without it.
 */
export function shifts({ set }: MarkedManifests): string[] {
  return set.ofKind('Deployment').flatMap(manifest => {
    const shift = readShift(at(manifest.json, 'metadata', 'annotations'));
    return shift?.side === 'to'
      ? ofShift(manifest, shift, servicesOf(set.ofKind('Service'), manifest))
      : [];
  });
}

function ofShift(to: Manifest, shift: ShiftSpec, services: readonly Manifest[]): string[] {
  const from = { ...to, name: shift.from };
  const row = (shifted: number) => {
    const parts = split(shift.replicas, shifted);
    return [
      shifted === shift.shifted ? `**${shifted}**` : String(shifted),
      String(parts.from),
      String(parts.to),
    ];
  };
  const steps = [...new Set([...STEPS, shift.shifted])].sort((a, b) => a - b);
  const isDone = shift.shifted >= 100;
  return [
    `## Workload ${plain(to.namespace === undefined ? to.name : `${to.namespace}/${to.name}`)}, from ${code(shift.from)} with the agent inside to ${code(shift.to)} without it`,
    '',
    ...table(['`shifted`', `pods of ${shift.from}`, `pods of ${shift.to}`], steps.map(row)),
    '**Do**: change `shifted`, and look at the diff: it shows the replicas of both Deployments. A Deployment shrinks at once, but needs time to grow. So first scale the one that grows to its number in the table; then there are never fewer pods than before. After that, apply everything, and wait.',
    '',
    ...shell(
      `kubectl scale${inNamespace(to)} deployment/${quoted(to.name)} --replicas=...${isDone ? '' : `   # on the way back: deployment/${quoted(shift.from)}`}`,
      rolloutStatus(to),
    ),
    ...(isDone
      ? [
          `Everything has been shifted, and ${code(shift.from)} is no longer in these manifests. Unless you apply them with pruning, its pods still run. Delete it when the new Deployment is ready:`,
          '',
          ...shell(
            rolloutStatus(to),
            `kubectl delete${inNamespace(from)} deployment/${quoted(shift.from)}`,
          ),
        ]
      : []),
    `**Look at** ${isDone ? 'the rollout' : 'both rollouts'}, and count the ready endpoints: there must be as many as replicas.`,
    '',
    ...shell(
      ...(isDone ? [] : [rolloutStatus(from)]),
      rolloutStatus(to),
      ...services.map(
        service =>
          `kubectl get endpointslices${inNamespace(service)} -l ${SERVICE_NAME}=${quoted(service.name)} -o jsonpath='{range .items[*].endpoints[?(@.conditions.ready==true)]}{.targetRef.name}{"\\n"}{end}' | wc -l   # ${shift.replicas}`,
      ),
    ),
    `**Pause** while pods of the new Deployment wait: they need a node that has the agent, and room there. **Go back** by writing the previous number${isDone ? ': these manifests then have the old Deployment again. Apply it first, and wait until it is ready' : '; the old Deployment is still as it was'}.`,
    '',
  ];
}

/** Returns the Services that select the pods of a Deployment. */
function servicesOf(services: readonly Manifest[], deployment: Manifest): Manifest[] {
  const labels = at(deployment.json, 'spec', 'template', 'metadata', 'labels');
  return services.filter(
    ({ json, namespace }) =>
      namespace === deployment.namespace &&
      selects(serviceSelector(at(json, 'spec', 'selector')), labels),
  );
}
