import { suggestion } from './remedy';
import type { Rule } from './rule';
import { readGrant } from '../model/client/grant';

const volume = (options: string, claim = ' # SHM318 error') => `apiVersion: v1
kind: PersistentVolume
metadata: { name: node-agents-routes-table-v1-shop-ro }
spec:
  accessModes: [ReadOnlyMany]
  capacity: { storage: 1Mi }
  claimRef:
    namespace: shop
    name: routes-table-v1-ro${claim}
  local: { path: /run/cdk8s-shared-memory/node-agents.routes/v1/table }${options}
  nodeAffinity:
    required:
      nodeSelectorTerms:
        - matchExpressions: [{ key: example.com/routes-agent, operator: In, values: ['yes'] }]
`;

export const SHM318: Rule = {
  id: 'SHM318',
  title: 'a volume of a grant for reading that lets pods write',
  severity: 'error',
  why: 'The claim is the one for clients that only read. Without mountOptions: [ro], each pod of the namespace can mount it without readOnly, and change what all others on the node read.',
  fix: 'write mountOptions: [ro] in the PersistentVolume, or render the grant again',
  fact: 'With mountOptions: [ro], a local volume is read-only in the kernel, whatever the pod says; without, touch works in it; seen on Kubernetes 1.33 and 1.37.',
  link: 'https://kubernetes.io/docs/concepts/storage/persistent-volumes/#mount-options',
  wrong: volume(''),
  right: volume('\n  mountOptions: [ro]', ''),
  check: function* ({ set }) {
    for (const manifest of set.ofKind('PersistentVolume')) {
      const grant = readGrant(manifest);
      if (grant?.isForReading !== true || grant.access === 'readOnly') {
        continue;
      }
      const { contract, memory } = grant.directory;
      yield {
        manifest,
        path: '/spec/claimRef/name',
        message: `pods of namespace ${grant.to} can write memory ${memory} of contract ${contract} through the claim for reading: mountOptions has no ro`,
        remedies: () => [
          suggestion('write mountOptions: [ro]', {
            do: 'append',
            pointer: '/spec/mountOptions',
            value: 'ro',
          }),
        ],
      };
    }
  },
};
