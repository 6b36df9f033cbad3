import { exampleMark, TABLE } from './example-mark';
import { forEachSharingPod, type Rule } from './rule';
import { inVolume } from './rule-match';
import { at } from '../kube/json';
import type { ReadMark } from '../model/contract/contract-mark';
import type { AccessKind } from '../model/contract/contract-spec';
import { claimableMemories, claimName, claimNameOf } from '../model/contract/node-layout';
import { nearName } from '../near-name';
import { grantsOf } from '../sharing/contract-grants';
import { givenFor } from '../sharing/given-contract';
import type { MarkedManifests } from '../sharing/marked-manifests';

const set = (to: string, comment: string) => `apiVersion: v1
kind: Pod
metadata:
  name: web
  namespace: shop
  annotations:
${exampleMark('client', TABLE, ['web'], { namespace: 'node-agents' })}
spec:
  securityContext: { supplementalGroups: [2000] }
  containers:
    - name: web
      image: registry.example.com/web:1
      resources: { limits: { memory: 256Mi } }
      volumeMounts:
        - { name: table, mountPath: /run/routes, readOnly: true }
  volumes:
    - name: table
      persistentVolumeClaim: { claimName: routes-table-v1-ro }${comment}
---
apiVersion: v1
kind: PersistentVolume
metadata: { name: node-agents-routes-table-v1-${to}-ro }
spec:
  accessModes: [ReadOnlyMany]
  capacity: { storage: 1Mi }
  claimRef: { name: routes-table-v1-ro, namespace: ${to} }
  local: { path: /run/cdk8s-shared-memory/node-agents.routes/v1/table }
  mountOptions: [ro]
  nodeAffinity:
    required:
      nodeSelectorTerms:
        - matchExpressions: [{ key: example.com/routes-agent, operator: In, values: ['yes'] }]
`;

export const SHM106: Rule = {
  id: 'SHM106',
  title: 'a client in a namespace that has no grant',
  severity: 'error',
  why: 'The pod mounts a claim that does not exist, or for which no PersistentVolume is reserved. It stays Pending.',
  fix: 'grant the contract to the namespace: new ContractGrant(...)',
  fact: 'The scheduler does not place a pod whose claim is missing or unbound: "persistentvolumeclaim not found"; seen on Kubernetes 1.33 and 1.37.',
  link: 'https://kubernetes.io/docs/concepts/storage/persistent-volumes/#claims-as-volumes',
  wrong: set('pay', ' # SHM106 error'),
  right: set('shop', ''),
  check: forEachSharingPod((markedPod, found, marked) => {
    const { namespace } = markedPod.pod.manifest;
    for (const { mark, memory, mount } of markedPod.uses) {
      const claim = at(mount?.volume?.json, 'persistentVolumeClaim', 'claimName');
      const access = mark.access;
      const names = ['readOnly' as const, 'readWrite' as const].map(each =>
        claimNameOf({ contract: mark.contract, memory: memory.name, version: mark.version }, each),
      );
      if (
        mark.side !== 'client' ||
        namespace === undefined ||
        !mount?.volume ||
        typeof claim !== 'string'
      ) {
        continue;
      }
      const isThere =
        marked.set.volumeBehind(namespace, claim) !== undefined ||
        // a claim that is there can have a volume of another repository
        marked.set.claimNamed(namespace, claim) !== undefined;
      const wanted = isThere ? undefined : otherClaim(marked, mark, memory.name, claim);
      if (wanted !== undefined) {
        found(
          inVolume(
            markedPod,
            mount.volume,
            'persistentVolumeClaim/claimName',
            `claim ${claim} is mounted for memory ${memory.name} of contract ${mark.contract}; a grant of contract file ${wanted.file} makes claim ${wanted.claim}: the pod stays Pending if nobody else made ${claim} in namespace ${namespace}`,
            { fix: `write claimName: ${wanted.claim}` },
          ),
        );
        continue;
      }
      if (!names.includes(claim)) {
        continue;
      }
      const granted = grantsOf(marked, mark);
      const writes = claim === names[1];
      // the namespaces that may do the same with the same memory
      const grantedTo = granted
        .filter(
          ({ access: may, directory }) =>
            directory.memory === memory.name &&
            directory.version === mark.version &&
            (may === 'readWrite') === writes,
        )
        .map(({ to }) => to);
      const isGranted = isThere || grantedTo.includes(namespace);
      // without any grant, they can be in another repository; an agent without one is unusual
      const isSuspect = granted.length > 0 || marked.agentsOf(mark).length > 0;
      if (isSuspect && !isGranted) {
        const near = nearName(namespace, grantedTo);
        const what = `${writes ? 'write' : 'read'} memory ${memory.name} of contract ${mark.contract}, version ${mark.version}`;
        found(
          inVolume(
            markedPod,
            mount.volume,
            'persistentVolumeClaim/claimName',
            granted.length > 0
              ? `namespace ${namespace} has no grant to ${what}: the pod stays Pending`
              : `the agent of contract ${mark.contract} is in these manifests, and no claim grants it to namespace ${namespace}, to ${what}: without one, the pod stays Pending`,
            {
              ...(granted.length > 0 ? {} : { severity: 'warning' }),
              fix: `${near === undefined ? '' : `if namespace ${near} is meant, which has a grant: write that name; otherwise: `}new ContractGrant(chart, '${namespace}', { contract: ${mark.contract}, namespace: '${namespace}'${access === 'readOnly' ? '' : ', access: Access.READ_WRITE'} })`,
            },
          ),
        );
      }
    }
  }),
};

/**
 * Returns the claim that a grant makes for a client, if all files of its contract and version have
 * another one than it mounts.
 */
function otherClaim(
  { given }: MarkedManifests,
  mark: ReadMark,
  memory: string,
  claim: string,
): { readonly claim: string; readonly file: string } | undefined {
  const claims = givenFor(given, mark)
    .filter(({ spec }) => spec.clientVolume !== 'hostPath')
    .flatMap(({ spec, file }) =>
      claimableMemories(spec)
        .filter(({ name }) => name === memory)
        .flatMap(each =>
          // a grant for writing makes both
          (spec.clients === 'readWrite' ? accesses(mark) : (['readOnly'] as const)).map(access => ({
            claim: claimName(spec, each, access),
            file,
          })),
        ),
    );
  return claims.some(each => each.claim === claim) ? undefined : claims.at(0);
}

/** What a client may do, that which its mark says first. */
function accesses({ access }: ReadMark): readonly AccessKind[] {
  return access === 'readOnly' ? ['readOnly', 'readWrite'] : ['readWrite', 'readOnly'];
}
