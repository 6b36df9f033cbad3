import type { Rule } from './rule';
import { at } from '../kube/json';
import { isKnownNodeDirectory } from '../kube/node-directories';
import { isAtOrBelow, realPath } from '../kube/path';
import { DEV_SHM } from '../kube/well-known';
import { nodeVolumes } from '../read/node-volumes';
import { seenGrant } from '../sharing/seen-grants';

const volume = (path: string, comment: string) => `apiVersion: v1
kind: PersistentVolume
metadata: { name: node }
spec:
  accessModes: [ReadWriteMany]
  capacity: { storage: 1Gi }
  claimRef: { name: node, namespace: shop }
  local:
    path: ${path}${comment}
  nodeAffinity:
    required:
      nodeSelectorTerms:
        - matchExpressions: [{ key: example.com/disk, operator: Exists }]
`;

export const SHM311: Rule = {
  id: 'SHM311',
  title: 'a PersistentVolume exposes a directory of the node to pods',
  severity: 'note',
  why: 'Pod Security does not see what is behind a claim. Pods of the namespace reach the directory of the node at every level, also "restricted". Only mountOptions: [ro] of a local volume keeps them from writing.',
  fix: 'give a directory that is there for these pods; for shared memory, use a contract and its grants',
  fact: 'Pod Security refuses hostPath volumes, and admits persistentVolumeClaim volumes without looking at the PersistentVolume.',
  link: 'https://kubernetes.io/docs/concepts/security/pod-security-standards/',
  wrong: volume('/var/lib/kubelet', ' # SHM311 warning'),
  right: volume('/mnt/disks/1', ''),
  check: function* (marked) {
    for (const each of nodeVolumes(marked.set)) {
      const { manifest, path, access, namespace } = each;
      const real = realPath(path);
      const isPower = isKnownNodeDirectory(real);
      const isMemory = isAtOrBelow(real, DEV_SHM) || isAtOrBelow(real, '/run');
      if (seenGrant(marked, each) || !(isPower || isMemory)) {
        continue; // a grant of a contract, or storage
      }
      const source = at(manifest.json, 'spec', 'local') === undefined ? 'hostPath' : 'local';
      const who = namespace === undefined ? 'any namespace' : `namespace ${namespace}`;
      yield {
        manifest,
        path: `/spec/${source}/path`,
        message: `${who} gets ${path} of the node, ${access === 'readOnly' ? 'to read' : 'to write'}, at every Pod Security level`,
        ...(isPower ? { severity: 'warning' as const } : {}),
      };
    }
  },
};
