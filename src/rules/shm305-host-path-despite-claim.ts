import { exampleMark, TABLE } from './example-mark';
import { forEachSharingPod, type Rule } from './rule';
import { inVolume } from './rule-match';
import { grantFix } from './rule-words';
import { ACCESSES } from '../model/contract/contract-spec';
import { claimNameOf } from '../model/contract/node-layout';
import { grantsOf } from '../sharing/contract-grants';

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
  title: 'a hostPath in a client, although the contract grants claims',
  severity: 'warning',
  why: 'To admit a hostPath, the client\'s whole namespace must leave Pod Security "baseline", for every pod in it. The claim needs no privilege. For readers, the kernel makes it read-only, and the pod waits for the agent too. A hostPath needs no grant, so it also gets around the decision which namespaces may use the contract.',
  fix: 'mount the claim; if the namespace has none, ask for a grant',
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
      const { namespace } = markedPod.pod.manifest;
      const grants = grantsOf(marked, mark).filter(
        ({ directory }) => directory.memory === memory.name,
      );
      const claims = ACCESSES.map(access =>
        claimNameOf(
          { contract: mark.contract, memory: memory.name, version: mark.version },
          access,
        ),
      );
      const claim = claims.find(
        (name, i) =>
          marked.set.claimNamed(namespace, name) !== undefined ||
          grants.some(
            ({ access, directory, to }) =>
              to === namespace && directory.version === mark.version && access === ACCESSES[i],
          ),
      );
      if (claim !== undefined) {
        found(
          inVolume(
            markedPod,
            mount.volume,
            'hostPath/path',
            `contract ${mark.contract} is mounted with a hostPath, although claim ${claim} was granted`,
            { fix: `mount persistentVolumeClaim ${claim}` },
          ),
        );
        continue;
      }
      // the namespace of the agent may have privileges, and needs no grant
      const grantedTo = [mark.namespace, ...grants.map(({ to }) => to)];
      if (namespace === undefined || grants.length === 0 || grantedTo.includes(namespace)) {
        continue;
      }
      const others = [...new Set(grants.map(({ to }) => to))].sort();
      found(
        inVolume(
          markedPod,
          mount.volume,
          'hostPath/path',
          `contract ${mark.contract} is mounted with a hostPath in namespace ${namespace}, which has no grant; those that have one: ${others.join(', ')}`,
          {
            fix: `${grantFix(mark.contract, namespace, mark.access)}, and mount its claim; or remove the volume`,
          },
        ),
      );
    }
  }),
};
