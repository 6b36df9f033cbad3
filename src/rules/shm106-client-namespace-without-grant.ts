import { exampleMark, TABLE } from './example-mark';
import { forEachSharingPod, type Rule } from './rule';
import { inVolume } from './rule-match';
import { grantFix } from './rule-words';
import { at, textOf } from '../kube/json';
import type { Manifest } from '../kube/manifest';
import { claimOf } from '../kube/persistent-volume';
import { readGrant } from '../model/client/grant';
import type { ReadMark } from '../model/contract/contract-mark';
import { ACCESSES, type AccessKind } from '../model/contract/contract-spec';
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
kind: PersistentVolumeClaim
metadata: { name: routes-table-v1-ro, namespace: ${to} }
spec:
  accessModes: [ReadOnlyMany]
  storageClassName: ''
  volumeName: node-agents-routes-table-v1-${to}-ro
  resources: { requests: { storage: 1Mi } }
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
  fix: 'grant the contract to the namespace: with cdk8s, a ContractGrant; in plain YAML, docs/mark.md of the package has it ("A grant in plain YAML")',
  fact: 'The scheduler does not place a pod whose claim is missing or unbound: "persistentvolumeclaim not found"; seen on Kubernetes 1.33 and 1.37.',
  link: 'https://kubernetes.io/docs/concepts/storage/persistent-volumes/#claims-as-volumes',
  wrong: set('pay', ' # SHM106 error'),
  right: set('shop', ''),
  check: forEachSharingPod((markedPod, found, marked) => {
    const { namespace } = markedPod.pod.manifest;
    for (const { mark, memory, mount } of markedPod.uses) {
      const claim = claimOf(mount?.volume?.json);
      if (
        mark.side !== 'client' ||
        namespace === undefined ||
        !mount?.volume ||
        claim === undefined
      ) {
        continue;
      }
      const problem = problemOf(marked, { mark, memory: memory.name, namespace, claim });
      if (problem !== undefined) {
        const { message, ...rest } = problem;
        found(inVolume(markedPod, mount.volume, 'persistentVolumeClaim/claimName', message, rest));
      }
    }
  }),
};

/** A claim that a client mounts for a memory. */
interface ClaimUse {
  readonly mark: ReadMark;
  readonly memory: string;
  readonly namespace: string;
  readonly claim: string;
}

interface ClaimProblem {
  readonly message: string;
  readonly severity?: 'warning';
  readonly fix: string;
}

function problemOf(marked: MarkedManifests, use: ClaimUse): ClaimProblem | undefined {
  const { claim, memory, namespace } = use;
  const { set: manifests } = marked;
  const there = manifests.claimNamed(namespace, claim);
  const volume = manifests.volumeBehind(namespace, claim);
  if (there) {
    // without its volume, it can have one of another repository
    return volume ? undefined : reservedForOther(marked, use, there);
  }
  if (volume) {
    return {
      message: `PersistentVolume ${volume.name} is reserved for claim ${claim} in namespace ${namespace}, and these manifests do not have this claim: the pod stays Pending if nobody else made it`,
      severity: 'warning',
      fix: `add the PersistentVolumeClaim, as docs/mark.md of the package has it ("A grant in plain YAML")`,
    };
  }
  const wanted = otherClaim(marked, use);
  return wanted === undefined
    ? withoutGrant(marked, use)
    : {
        message: `claim ${claim} is mounted for memory ${memory} of contract ${use.mark.contract}; ${wanted.by} makes claim ${wanted.claim}: the pod stays Pending if nobody else made ${claim} in namespace ${namespace}`,
        ...(wanted.isSure ? {} : { severity: 'warning' }),
        fix: `write claimName: ${wanted.claim}`,
      };
}

/** A claim that is there, while the volume that these manifests have for it is for another one. */
function reservedForOther(
  { set: manifests }: MarkedManifests,
  { claim, namespace }: ClaimUse,
  { json }: Manifest,
): ClaimProblem | undefined {
  const named = textOf(at(json, 'spec', 'volumeName') ?? '');
  const volume = manifests.ofKind('PersistentVolume').find(each => {
    const to = readGrant(each);
    // a volume of another team can have its claim, and this claim its volume, in other manifests
    const isMeant =
      to?.claim === claim &&
      manifests.claimNamed(to.to, claim) === undefined &&
      nearName(namespace, [to.to]) !== undefined;
    return to && (each.name === named || (named === '' && isMeant));
  });
  const grant = volume && readGrant(volume);
  return (
    grant && {
      message: `claim ${claim} is in namespace ${namespace}, and PersistentVolume ${volume.name} is reserved for claim ${grant.claim} in namespace ${grant.to}: claim and pod stay Pending`,
      fix: `write namespace: ${namespace} and name: ${claim} in the claimRef of the volume, if this pod is to have the memory`,
    }
  );
}

function withoutGrant(marked: MarkedManifests, use: ClaimUse): ClaimProblem | undefined {
  const { mark, memory, namespace } = use;
  const access = grantedAccess(use);
  const granted = grantsOf(marked, mark);
  // without any grant, they can be in another repository; an agent without one is unusual
  if (access === undefined || (granted.length === 0 && marked.agentsOf(mark).length === 0)) {
    return undefined;
  }
  // the namespaces that may do the same with the same memory
  const grantedTo = granted
    .filter(
      ({ access: may, directory }) =>
        directory.memory === memory && directory.version === mark.version && may === access,
    )
    .map(({ to }) => to);
  const near = nearName(namespace, grantedTo);
  const what = `${access === 'readWrite' ? 'write' : 'read'} memory ${memory} of contract ${mark.contract}, version ${mark.version}`;
  return {
    message:
      granted.length > 0
        ? `namespace ${namespace} has no grant to ${what}: the pod stays Pending`
        : `the agent of contract ${mark.contract} is in these manifests, and no claim grants it to namespace ${namespace}, to ${what}: without one, the pod stays Pending`,
    ...(granted.length > 0 ? {} : { severity: 'warning' }),
    fix: `${near === undefined ? '' : `if namespace ${near} is meant, which has a grant: write that name; otherwise: `}${grantFix(mark.contract, namespace, access)}`,
  };
}

/** What a grant of the contract gives with a claim of this name. Absent for other names. */
function grantedAccess({ claim, mark, memory }: ClaimUse): AccessKind | undefined {
  const names = { contract: mark.contract, memory, version: mark.version };
  return ACCESSES.find(access => claim === claimNameOf(names, access));
}

/**
 * Returns the claim that a grant makes for a client, if all grants that are known have another one
 * than it mounts: those in its namespace, and those of all files of its contract and version.
 */
function otherClaim(
  marked: MarkedManifests,
  use: ClaimUse,
): { readonly claim: string; readonly by: string; readonly isSure: boolean } | undefined {
  const { claim, mark, memory, namespace } = use;
  const asked = grantedAccess(use);
  // no other tool is likely to make a claim of such a name
  const isSure = claim.startsWith(`${mark.contract}-${memory}-`);
  const here = grantsOf(marked, mark)
    .filter(each => asked === undefined || each.access === asked)
    .filter(
      ({ directory, to }) =>
        to === namespace && directory.memory === memory && directory.version === mark.version,
    )
    .sort((a, b) => Number(b.access === mark.access) - Number(a.access === mark.access))
    .map(each => ({ claim: each.claim, by: `the grant of namespace ${namespace}`, isSure }));
  const inFiles = givenFor(marked.given, mark)
    .filter(({ spec }) => spec.clientVolume !== 'hostPath')
    .flatMap(({ spec, file }) =>
      claimableMemories(spec)
        .filter(({ name }) => name === memory)
        .flatMap(each =>
          // a grant for writing makes both
          (spec.clients === 'readWrite' ? accesses(mark) : (['readOnly'] as const)).map(access => ({
            claim: claimName(spec, each, access),
            by: `a grant of contract file ${file}`,
            isSure: true,
          })),
        ),
    );
  return [here, inFiles]
    .map(claims => (claims.some(each => each.claim === claim) ? undefined : claims.at(0)))
    .find(wanted => wanted !== undefined);
}

/** What a client may do, that which its mark says first. */
function accesses({ access }: ReadMark): readonly AccessKind[] {
  return access === 'readOnly' ? ['readOnly', 'readWrite'] : ['readWrite', 'readOnly'];
}
