import type { Json } from '../../src/kube/json';
import { podSecurityViolations } from '../../src/kube/pod-security';

const context = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ['ALL'] },
  runAsNonRoot: true,
  seccompProfile: { type: 'RuntimeDefault' },
};
const fields = (level: 'baseline' | 'restricted', spec: Json) =>
  podSecurityViolations(level, spec).map(({ field }) => field);
const pod = (spec: Record<string, Json>) => ({
  containers: [{ name: 'a', image: 'a', securityContext: context }],
  ...spec,
});

test.each<[string, Record<string, Json>]>([
  [
    'sysctls that are safe since Kubernetes 1.32',
    {
      securityContext: {
        sysctls: [
          { name: 'net.ipv4.tcp_rmem', value: '1 2 3' },
          { name: 'kernel.shm_rmid_forced', value: '1' },
        ],
      },
    },
  ],
  [
    'a volume with an image',
    { volumes: [{ name: 'v', image: { reference: 'registry.example.com/data:1' } }] },
  ],
  [
    'a memory-medium emptyDir and a claim',
    {
      volumes: [
        { name: 'm', emptyDir: { medium: 'Memory' } },
        { name: 'c', persistentVolumeClaim: { claimName: 'c' } },
      ],
    },
  ],
])('restricted admits %s', (_, spec) => {
  expect(fields('restricted', pod(spec))).toEqual([]);
});

test.each<[string, Record<string, Json>, string]>([
  ['hostIPC', { hostIPC: true }, 'hostIPC'],
  ['a hostPath', { volumes: [{ name: 'v', hostPath: { path: '/dev/shm' } }] }, 'volumes[0]'],
  [
    'an unsafe sysctl',
    { securityContext: { sysctls: [{ name: 'kernel.shmmax', value: '1' }] } },
    'securityContext.sysctls',
  ],
])('baseline, and so restricted, refuses %s', (_, spec, field) => {
  expect(fields('baseline', pod(spec))).toEqual([field]);
  expect(fields('restricted', pod(spec))).toEqual([field]);
});
