import {
  CLAIM,
  claim,
  DIRECTORY,
  HOST_PATH,
  hostPath,
  kept,
  not,
  without,
  type TechniquePromises,
} from './promise-parts';

const existing = {
  shares: kept('both sides mount one directory of the node'),
  isolates: not(
    'the contract does not make the directory: whoever does decides which other processes of the node reach it',
  ),
  gates: not(
    'this library does not make the directory; with ReadyWhen, clients wait for what its owner makes last',
  ),
  capped: not('the file system of the directory has the size that its owner gave it'),
  survivesRestart: not('the owner of the directory decides what stays in it'),
};
const EXISTING = {
  less: 'the software that serves the memory has its own directory on the node; a directory of the contract (Backing.directory()) would need a different configuration of that software',
  gone: 'what the owner of the directory leaves in it stays; this library does not remove it',
};

const guarded = {
  isolates: kept(
    'the claim reaches the directory that the guard has checked: no link leads to it, and only root can put another one in its place; its owner decides which processes of the node reach it besides',
  ),
  gates: kept(
    'the mount waits for the directory that the guard binds, which is not there before it has checked it',
  ),
};

const GUARDED = {
  ...EXISTING,
  less: `${EXISTING.less}. The guard is privileged, because no other container may mount what the node and its clients see`,
};

const hugePages = {
  shares: kept('both sides mount one directory in a hugetlbfs of the node'),
  gates: kept(
    'the mount waits for a directory in the hugetlbfs, which the agent renames into place last',
  ),
  capped: kept('the hugetlbfs has exactly the size; beyond it, mmap fails with ENOMEM'),
  survivesRestart: kept('the hugetlbfs and its files stay while the node runs'),
};
const HUGE_PAGES = {
  ...DIRECTORY,
  less: `${DIRECTORY.less}. The memory is a hugetlbfs, because only that has huge pages`,
};

/**
 * The techniques that are not in docs/concepts.md; docs/join.md describes them. The promises of a
 * directory that somebody else makes depend on its owner. Huge pages need a node that has a pool of
 * them.
 */
export const OTHER_PROMISES: readonly TechniquePromises[] = [
  {
    technique: 'huge-pages-sidecar',
    title: 'SidecarAgent: native sidecar and emptyDir of huge pages',
    whyNotLess: 'no technique needs fewer; this one has no access to the node',
    withoutAgent: 'the kubelet starts the sidecar again; the memory stays as long as its pod',
    promises: {
      shares: kept('the containers of a pod mount one emptyDir of huge pages'),
      isolates: kept('the volume belongs to the pod'),
      readOnly: hostPath.readOnly,
      gates: kept("the app's containers start after the sidecar's startup probe has passed"),
      capped: not(
        'the kubelet mounts the volume without a size; the cap is the limit of huge pages of the pod',
      ),
      survivesRestart: not(
        "the volume outlives a restart of the sidecar's container, but not the pod",
      ),
      restricted: kept('the pod sets no field that needs a privilege'),
    },
  },
  {
    technique: 'huge-pages-claim',
    title: 'SharedMemory.files() in huge pages, by claim',
    ...without(HUGE_PAGES, CLAIM),
    promises: { ...claim, ...hugePages },
  },
  {
    technique: 'huge-pages-host-path',
    title: 'SharedMemory.files() in huge pages, by hostPath',
    ...without(HUGE_PAGES, HOST_PATH),
    promises: { ...hostPath, ...hugePages },
  },
  {
    technique: 'existing-claim',
    title: 'Backing.existing(), by claim',
    ...without(EXISTING, CLAIM),
    promises: {
      ...existing,
      readOnly: kept(
        "the platform's PersistentVolume mounts it read-only (mountOptions: ro); that covers files and directories, but not the sockets and devices in it",
      ),
      restricted: kept('the pod names a claim and no host path'),
    },
  },
  {
    technique: 'existing-host-path',
    title: 'Backing.existing(), by hostPath',
    ...without(EXISTING, HOST_PATH),
    promises: { ...existing, readOnly: hostPath.readOnly, restricted: hostPath.restricted },
  },
  {
    technique: 'guarded-claim',
    title: 'Backing.existing() with a guard, by claim',
    ...without(GUARDED, CLAIM),
    promises: {
      ...existing,
      ...guarded,
      readOnly: kept(
        "the platform's PersistentVolume mounts it read-only (mountOptions: ro), and so does the guard if no client writes; that covers files and directories, but not the sockets and devices in it",
      ),
      restricted: kept('the pod names a claim and no host path'),
    },
  },
  {
    technique: 'guarded-host-path',
    title: 'Backing.existing() with a guard, by hostPath',
    ...without(GUARDED, HOST_PATH),
    promises: {
      ...existing,
      gates: guarded.gates,
      isolates: hostPath.isolates,
      readOnly: hostPath.readOnly,
      restricted: hostPath.restricted,
    },
  },
];
