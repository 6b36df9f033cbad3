import { aeron, iceoryx, nodeShm, routes, vineyard } from './join-contracts';
import type { JoinedSystem } from './joined-system';
import { Access } from '../../../src';
import { TOOLS } from '../../yaml';

export const DAEMONS: readonly JoinedSystem[] = [
  {
    name: 'yuanrong',
    contract: nodeShm,
    statements: [
      s => {
        nodeShm.attachTo(s, { workload: 'Deployment/function', access: Access.READ_WRITE });
      },
    ],
    pods: {
      'Deployment/function': {
        volumes: ['shm hostPath /dev/shm Directory'],
        mounts: { runtime: ['shm:/dev/shm'] },
        groups: [2000],
        nodes: { 'kubernetes.io/os': 'linux' },
        host: ['hostIPC'],
      },
    },
  },
  {
    name: 'vineyard',
    contract: vineyard,
    statements: [
      s => {
        vineyard.serveFrom(s, {
          workload: 'DaemonSet/vineyard',
          container: 'vineyardd',
          toolImage: TOOLS,
          replaces: ['run'],
        });
      },
      s => {
        vineyard.attachTo(s, { workload: 'Deployment/analysis', replaces: ['vineyard'] });
      },
    ],
    pods: {
      'DaemonSet/vineyard': {
        volumes: [
          'vineyard-shared-memory hostPath /run/cdk8s-shared-memory/node-agents.vineyard DirectoryOrCreate',
          'shm memory 256Mi',
        ],
        mounts: {
          vineyardd: ['vineyard-shared-memory:/var/run/vineyard subPath=v1/data', 'shm:/dev/shm'],
          'prepare-vineyard': ['vineyard-shared-memory:/node'],
          'measure-vineyard': ['vineyard-shared-memory:/memory/data:ro subPath=v1/data'],
        },
        users: { vineyardd: 10001, 'prepare-vineyard': 0, 'measure-vineyard': 10001 },
        nodes: { 'kubernetes.io/os': 'linux' },
      },
      'Deployment/analysis': {
        volumes: ['vineyard-data claim vineyard-data-v1-ro ro'],
        mounts: { analysis: ['vineyard-data:/var/run/vineyard:ro'] },
        groups: [2000],
        nodes: { 'kubernetes.io/os': 'linux' },
      },
    },
  },
  {
    name: 'ebpf-profiler',
    contract: routes,
    statements: [
      s => {
        routes.attachTo(s);
      },
    ],
    pods: {
      'DaemonSet/profiler': {
        volumes: [
          'tracing hostPath /sys/kernel/tracing',
          'routes-table claim routes-table-v1-ro ro',
        ],
        mounts: { profiler: ['tracing:/sys/kernel/tracing:ro', 'routes-table:/run/routes:ro'] },
        groups: [2000],
        users: { profiler: 0 },
        nodes: { 'example.com/routes-agent': 'yes' },
        taints: ['example.com/routes-agent'],
        env: ['profiler ROUTES_DIR=/run/routes'],
        host: ['hostPID'],
      },
    },
  },
  {
    name: 'dcgm-exporter',
    contract: routes,
    statements: [
      s => {
        routes.attachTo(s);
      },
    ],
    pods: {
      'DaemonSet/dcgm-exporter': {
        volumes: [
          'pod-gpu-resources hostPath /var/lib/kubelet/pod-resources',
          'routes-table claim routes-table-v1-ro ro',
        ],
        mounts: {
          exporter: [
            'pod-gpu-resources:/var/lib/kubelet/pod-resources:ro',
            'routes-table:/run/routes:ro',
          ],
        },
        groups: [2000],
        users: { exporter: 0 },
        nodes: { 'example.com/routes-agent': 'yes', 'nvidia.com/gpu.present': 'true' },
        taints: ['nvidia.com/gpu', 'example.com/routes-agent'],
        env: ['exporter DCGM_EXPORTER_KUBERNETES=true', 'exporter ROUTES_DIR=/run/routes'],
      },
    },
  },
  {
    name: 'gpu-feature-discovery',
    contract: routes,
    statements: [
      s => {
        routes.attachTo(s);
      },
    ],
    pods: {
      'DaemonSet/gpu-feature-discovery': {
        volumes: [
          'output-dir hostPath /etc/kubernetes/node-feature-discovery/features.d',
          'host-sys hostPath /sys',
          'routes-table claim routes-table-v1-ro ro',
        ],
        mounts: {
          discovery: [
            'output-dir:/etc/kubernetes/node-feature-discovery/features.d',
            'host-sys:/sys',
            'routes-table:/run/routes:ro',
          ],
        },
        groups: [2000],
        nodes: { 'example.com/routes-agent': 'yes' },
        taints: ['example.com/routes-agent'],
        env: ['discovery ROUTES_DIR=/run/routes'],
      },
    },
  },
  {
    name: 'csi-node',
    contract: routes,
    statements: [
      s => {
        routes.attachTo(s, { containers: ['driver'] });
      },
    ],
    pods: {
      'DaemonSet/csi-node': {
        volumes: [
          'socket-dir hostPath /var/lib/kubelet/plugins/csi.example.com DirectoryOrCreate',
          'registration-dir hostPath /var/lib/kubelet/plugins_registry Directory',
          'pods hostPath /var/lib/kubelet/pods Directory',
          'routes-table claim routes-table-v1-ro ro',
        ],
        mounts: {
          registrar: ['socket-dir:/csi', 'registration-dir:/registration'],
          driver: [
            'socket-dir:/csi',
            'pods:/var/lib/kubelet/pods mountPropagation=Bidirectional',
            'routes-table:/run/routes:ro',
          ],
        },
        groups: [2000],
        nodes: { 'example.com/routes-agent': 'yes' },
        taints: ['example.com/routes-agent'],
        env: ['driver ROUTES_DIR=/run/routes'],
      },
    },
  },
  {
    name: 'ros2',
    contract: nodeShm,
    statements: [
      s => {
        nodeShm.attachToAll(s, { access: Access.READ_WRITE });
      },
    ],
    pods: {
      'Deployment/talker': {
        volumes: ['shm hostPath /dev/shm'],
        mounts: { node: ['shm:/dev/shm'] },
        groups: [2000],
        nodes: { 'kubernetes.io/os': 'linux' },
        env: ['node RMW_IMPLEMENTATION=rmw_fastrtps_cpp'],
        host: ['hostIPC', 'hostNetwork'],
      },
      'Deployment/listener': {
        volumes: ['shm hostPath /dev/shm'],
        mounts: { node: ['shm:/dev/shm'] },
        groups: [2000],
        nodes: { 'kubernetes.io/os': 'linux' },
        env: ['node RMW_IMPLEMENTATION=rmw_fastrtps_cpp'],
        host: ['hostIPC', 'hostNetwork'],
      },
    },
  },
  {
    name: 'iceoryx',
    contract: iceoryx,
    statements: [
      s => {
        iceoryx.serveFrom(s, {
          workload: 'DaemonSet/roudi',
          toolImage: TOOLS,
          replaces: ['dshm', 'tmp'],
        });
      },
      s => {
        iceoryx.attachTo(s, {
          workload: 'Deployment/radar',
          access: Access.READ_WRITE,
          replaces: ['dshm', 'tmp'],
        });
      },
    ],
    pods: {
      'DaemonSet/roudi': {
        volumes: [
          'iceoryx-shared-memory hostPath /run/cdk8s-shared-memory/node-agents.iceoryx DirectoryOrCreate',
        ],
        mounts: {
          roudi: [
            'iceoryx-shared-memory:/dev/shm subPath=v1/segments/shared',
            'iceoryx-shared-memory:/tmp subPath=v1/sockets/shared',
          ],
          'prepare-iceoryx': ['iceoryx-shared-memory:/node'],
          'mount-iceoryx': ['iceoryx-shared-memory:/node mountPropagation=Bidirectional'],
        },
        users: { roudi: 10001, 'prepare-iceoryx': 0, 'mount-iceoryx': 0 },
        nodes: { 'kubernetes.io/os': 'linux' },
      },
      'Deployment/radar': {
        volumes: [
          'iceoryx-segments claim iceoryx-segments-v1-rw',
          'iceoryx-sockets claim iceoryx-sockets-v1-rw',
        ],
        mounts: { radar: ['iceoryx-segments:/dev/shm', 'iceoryx-sockets:/tmp'] },
        groups: [2000],
        users: { radar: 10001 },
        nodes: { 'kubernetes.io/os': 'linux' },
      },
    },
  },
  {
    name: 'aeron',
    contract: aeron,
    statements: [
      s => {
        aeron.serveFrom(s, { workload: 'DaemonSet/driver', toolImage: TOOLS, replaces: ['aeron'] });
      },
      s => {
        aeron.attachTo(s, {
          workload: 'Deployment/client',
          access: Access.READ_WRITE,
          replaces: ['aeron'],
        });
      },
    ],
    pods: {
      'DaemonSet/driver': {
        volumes: [
          'aeron-shared-memory hostPath /run/cdk8s-shared-memory/node-agents.aeron DirectoryOrCreate',
        ],
        mounts: {
          driver: ['aeron-shared-memory:/dev/shm/aeron subPath=v1/data/shared'],
          'prepare-aeron': ['aeron-shared-memory:/node'],
          'mount-aeron': ['aeron-shared-memory:/node mountPropagation=Bidirectional'],
        },
        fsGroup: 1000,
        users: { '': 1000, 'prepare-aeron': 0, 'mount-aeron': 0 },
        nodes: { 'kubernetes.io/os': 'linux' },
      },
      'Deployment/client': {
        volumes: ['aeron-data claim aeron-data-v1-rw'],
        mounts: { client: ['aeron-data:/dev/shm/aeron'] },
        groups: [1000],
        fsGroup: 1000,
        users: { '': 1000 },
        nodes: { 'kubernetes.io/os': 'linux' },
      },
    },
  },
  {
    name: 'juicefs',
    contract: routes,
    statements: [
      s => {
        routes.attachTo(s);
      },
    ],
    pods: {
      'Pod/juicefs-mount': {
        volumes: [
          'jfs-dir hostPath /var/lib/juicefs/volume DirectoryOrCreate',
          'cachedir-0 memory 2Gi',
          'routes-table claim routes-table-v1-ro ro',
        ],
        mounts: {
          'jfs-mount': [
            'jfs-dir:/jfs mountPropagation=Bidirectional',
            'cachedir-0:/var/jfsCache',
            'routes-table:/run/routes:ro',
          ],
        },
        groups: [2000],
        nodes: { 'example.com/routes-agent': 'yes' },
        taints: ['example.com/routes-agent'],
        env: ['jfs-mount ROUTES_DIR=/run/routes'],
      },
    },
  },
];
