import type { SoftwareContainer } from './software-container';
import type { SoftwareProfile } from './software-profile';
import { isOwn } from '../../sharing/room';

const TRANSPORTS = 'FASTDDS_BUILTIN_TRANSPORTS';
const PROFILES = ['FASTDDS_DEFAULT_PROFILES_FILE', 'FASTRTPS_DEFAULT_PROFILES_FILE'];
const WITH_SHARED_MEMORY = /^(DEFAULT|SHM|LARGE_DATA)/;
const CYCLONE_WITH_ICEORYX = /<SharedMemory>[^]*<Enable>\s*true|psmx_iox|type=["']?iox/;

const talker = (ipc: string) => `apiVersion: v1
kind: Pod
metadata: { name: talker }
spec:
  hostNetwork: true${ipc}
  containers:
    - name: talker
      image: registry.example.com/robots/demo:1
      command: [ros2, run, demo_nodes_cpp, talker]
`;

export const DDS: SoftwareProfile = {
  id: 'SHM509',
  software: 'DDS, ROS 2 (Fast DDS; Cyclone DDS with iceoryx)',
  title: "DDS with the node's network and a /dev/shm of its own",
  severity: 'warning',
  needs:
    "with hostNetwork, the node's /dev/shm too: by hostIPC, or a hostPath volume. Cyclone DDS with iceoryx: the /dev/shm of RouDi",
  signs: {
    programs: ['ros2'],
    env: ['CYCLONEDDS_URI', 'RMW_IMPLEMENTATION', 'ROS_DOMAIN_ID', TRANSPORTS],
  },
  unless: `${TRANSPORTS} has no shared memory, a profile file is given, or another implementation is chosen`,
  why: 'Fast DDS assumes that participants with the same network interfaces run on one host, and sends data to them through shared memory. If each pod has a /dev/shm of its own, the participants find each other, but data does not arrive.',
  fix: `give the pod the /dev/shm of the node (hostIPC: true, or a hostPath volume at /dev/shm); or set ${TRANSPORTS}=UDPv4; or remove hostNetwork`,
  fact: 'Fast DDS: with --network=host and without --ipc=host, it identifies two containers as the same host, but they cannot communicate, because they have separate shared memory spaces.',
  link: 'https://fast-dds.docs.eprosima.com/en/latest/docker/shm_docker.html',
  wrong: talker(' # SHM509 warning'),
  right: talker('\n  dnsPolicy: ClusterFirstWithHostNet').replace(
    'command:',
    `env: [{ name: ${TRANSPORTS}, value: UDPv4 }]\n      command:`,
  ),
  check: (container, found) => {
    const { pod } = container.markedPod;
    if (!isOwn(container.roomAt())) {
      return;
    }
    if (usesIceoryx(container)) {
      if (!container.isInPodWith('iox-roudi')) {
        found(
          container.match(
            `Cyclone DDS in container ${container.name} uses iceoryx, but the pod has a /dev/shm of its own, without RouDi`,
            {
              fix: 'give the pod the /dev/shm that RouDi has (hostIPC: true or a hostPath volume at /dev/shm on both sides), or run RouDi in this pod',
            },
            container.fieldOf('CYCLONEDDS_URI'),
          ),
        );
      }
    } else if (pod.is('hostNetwork') && usesFastDds(container)) {
      found({
        manifest: pod.manifest,
        path: `${pod.path}/hostNetwork`,
        message:
          "DDS has the node's network and a /dev/shm of its own: data of other pods on the node does not arrive",
      });
    }
  },
};

function usesFastDds(container: SoftwareContainer): boolean {
  const implementation = container.valueOf('RMW_IMPLEMENTATION') ?? 'rmw_fastrtps_cpp';
  return (
    implementation.startsWith('rmw_fastrtps') &&
    WITH_SHARED_MEMORY.test(container.valueOf(TRANSPORTS) ?? 'DEFAULT') &&
    PROFILES.every(name => container.valueOf(name) === undefined)
  );
}

function usesIceoryx(container: SoftwareContainer): boolean {
  return (
    (container.valueOf('RMW_IMPLEMENTATION') ?? 'rmw_cyclonedds_cpp') === 'rmw_cyclonedds_cpp' &&
    CYCLONE_WITH_ICEORYX.test(container.valueOf('CYCLONEDDS_URI') ?? '')
  );
}
