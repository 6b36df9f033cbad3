import { exampleMark, TABLE } from './example-mark';
import { forEachSharingPod, type Rule } from './rule';
import { inVolume } from './rule-match';
import { ACCESSES } from '../model/contract/contract-spec';
import { claimNameOf } from '../model/contract/node-layout';

const pod = (volume: string) => `apiVersion: v1
kind: PersistentVolumeClaim
metadata: { name: routes-table-v1-ro, namespace: shop }
spec:
  accessModes: [ReadOnlyMany]
  storageClassName: ''
  resources: { requests: { storage: 1Mi } }
---
apiVersion: v1
kind: Pod
metadata:
  name: web
  namespace: shop
  annotations:
${exampleMark('client', TABLE, ['web'])}
spec:
  containers:
    - name: web
      image: registry.example.com/web:1
      volumeMounts:
        - { name: routes, mountPath: /run/routes, readOnly: true }
  volumes:
    - name: routes
${volume}
`;

export const SHM305: Rule = {
  id: 'SHM305',
  title: 'a hostPath in a client, although its namespace was granted a claim',
  severity: 'warning',
  why: 'To admit a hostPath, the client\'s whole namespace must leave Pod Security "baseline", for every pod in it. The claim needs no privilege. For readers, the kernel makes it read-only, and the pod waits for the agent too.',
  fix: 'mount the claim',
  fact: 'Pod Security refuses hostPath at the levels "baseline" and "restricted". A claim is admitted under "restricted".',
  link: 'https://kubernetes.io/docs/concepts/security/pod-security-standards/',
  wrong: pod(
    '      hostPath:\n        path: /run/cdk8s-shared-memory/agents.routes/v1/table # SHM305 warning\n        type: Directory',
  ),
  right: pod(
    '      persistentVolumeClaim:\n        claimName: routes-table-v1-ro\n        readOnly: true',
  ),
  check: forEachSharingPod((markedPod, found, marked) => {
    for (const { mark, memory } of markedPod.memories) {
      if (mark.side !== 'client') {
        continue;
      }
      const mount = markedPod.uses.find(
        use => use.memory === memory && use.mount?.hostPath !== undefined,
      )?.mount;
      if (!mount?.volume) {
        continue;
      }
      const granted = ACCESSES.map(access =>
        claimNameOf(
          { contract: mark.contract, memory: memory.name, version: mark.version },
          access,
        ),
      );
      const claim = marked.set
        .ofKind('PersistentVolumeClaim')
        .find(
          ({ name, namespace }) =>
            granted.includes(name) && namespace === markedPod.pod.manifest.namespace,
        );
      if (!claim) {
        continue;
      }
      found(
        inVolume(
          markedPod,
          mount.volume,
          'hostPath/path',
          `contract ${mark.contract} is mounted with a hostPath, although claim ${claim.name} was granted`,
          { fix: `mount persistentVolumeClaim ${claim.name}` },
        ),
      );
    }
  }),
};
