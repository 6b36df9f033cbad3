import { cilium, datadog } from './join-contracts';
import type { JoinedSystem } from './joined-system';

/** Agents that keep the directory on the node that they make themselves: Backing.existing(). */
export const OWN_DIRECTORIES: readonly JoinedSystem[] = [
  {
    name: 'datadog',
    contract: datadog,
    statements: [
      s => {
        datadog.serveFrom(s, { container: 'agent' });
      },
    ],
    pods: {
      'DaemonSet/datadog': {
        volumes: ['config emptyDir', 'dsdsocket hostPath /var/run/datadog DirectoryOrCreate'],
        mounts: {
          'init-volume': ['config:/opt/datadog-agent'],
          agent: ['config:/etc/datadog-agent', 'dsdsocket:/var/run/datadog'],
          'trace-agent': ['config:/etc/datadog-agent', 'dsdsocket:/var/run/datadog'],
          'process-agent': ['config:/etc/datadog-agent', 'dsdsocket:/var/run/datadog:ro'],
        },
        users: { '': 0 },
        nodes: { 'example.com/routes-agent': 'yes' },
        taints: ['example.com/routes-agent'],
        host: ['hostPID'],
      },
    },
  },
  {
    name: 'cilium',
    contract: cilium,
    statements: [
      s => {
        cilium.serveFrom(s);
      },
    ],
    pods: {
      'DaemonSet/cilium': {
        volumes: [
          'cilium-run hostPath /var/run/cilium DirectoryOrCreate',
          'bpf-maps hostPath /sys/fs/bpf DirectoryOrCreate',
        ],
        mounts: {
          'clean-cilium-state': ['cilium-run:/var/run/cilium'],
          'cilium-agent': [
            'cilium-run:/var/run/cilium',
            'bpf-maps:/sys/fs/bpf mountPropagation=Bidirectional',
          ],
        },
        nodes: { 'example.com/routes-agent': 'yes' },
        taints: ['example.com/routes-agent'],
        host: ['hostNetwork'],
      },
    },
  },
];
