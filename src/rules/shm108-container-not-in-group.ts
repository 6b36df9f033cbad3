import { exampleMark, TABLE } from './example-mark';
import { forEachSharingPod, type Rule } from './rule';
import { inContainer } from './rule-match';
import { isObject, itemsOf } from '../kube/json';
import type { Container } from '../kube/pod-template';
import type { MarkedPod } from '../sharing/marked-pod';

const pod = (groups: string, found: string) => `apiVersion: v1
kind: Pod
metadata:
  name: web
  annotations:
${exampleMark('client', TABLE, ['web'], { group: 2000 })}
spec:
  securityContext: { ${groups}runAsUser: 1000 }
  containers:
    - name: web${found}
      image: registry.example.com/web:1
      volumeMounts:
        - { name: routes, mountPath: /run/routes, readOnly: true }
  volumes:
    - name: routes
      persistentVolumeClaim: { claimName: routes-table-v1-ro, readOnly: true }
`;

export const SHM108: Rule = {
  id: 'SHM108',
  title: 'a container is not in the group that may read the memory',
  severity: 'error',
  why: 'The agent creates the memory for its own user and one group. A process that is neither that user nor in that group gets EACCES for everything.',
  fix: 'add the group to securityContext.supplementalGroups of the pod',
  fact: "In a directory with mode 2750 and the contract's group, a process without the group gets EACCES on everything; seen on Kubernetes 1.33 and 1.37.",
  link: 'https://kubernetes.io/docs/tasks/configure-pod-container/security-context/',
  wrong: pod('', ' # SHM108 error'),
  right: pod('supplementalGroups: [2000], ', ''),
  check: forEachSharingPod((markedPod, found) => {
    for (const mark of markedPod.marks) {
      if (mark.group === undefined || mark.side === 'agent') {
        continue;
      }
      for (const container of markedPod.containersOf(mark)) {
        if (isInGroup(markedPod, container, mark.group)) {
          continue;
        }
        found(
          inContainer(
            markedPod,
            container,
            '',
            `container ${container.name} is not in group ${mark.group}, which may read the memory of contract ${mark.contract}`,
            { fix: `add ${mark.group} to securityContext.supplementalGroups of the pod` },
          ),
        );
      }
    }
  }),
};

function isInGroup({ pod: { spec } }: MarkedPod, { json }: Container, group: number): boolean {
  const [own, ofPod] = [json, spec].map(({ securityContext }) =>
    isObject(securityContext) ? securityContext : {},
  );
  return (
    itemsOf(ofPod.supplementalGroups).includes(group) ||
    ofPod.fsGroup === group ||
    (own.runAsGroup ?? ofPod.runAsGroup) === group ||
    (own.runAsUser ?? ofPod.runAsUser) === 0
  );
}
