import { isAtOrBelow } from './path';
import { DEV_SHM } from './well-known';

/**
 * Directories of a node that pods mount for other reasons than to share memory with each other:
 * logs, configuration, devices, state of the kubelet and of runtimes, programs. `/` is one of them,
 * but nothing below it is for that reason.
 */
const KNOWN = [
  '/bin',
  '/boot',
  '/dev',
  '/etc',
  '/lib',
  '/lib64',
  '/opt/cni',
  '/proc',
  '/run/containerd',
  '/run/crio',
  '/run/cri-dockerd.sock',
  '/run/dbus',
  '/run/docker',
  '/run/docker.sock',
  '/run/dockershim.sock',
  '/run/flannel',
  '/run/k3s',
  '/run/log',
  '/run/netns',
  '/run/podman',
  '/run/systemd',
  '/run/udev',
  '/run/xtables.lock',
  '/sbin',
  '/sys',
  '/usr',
  '/var/cache',
  '/var/lib/calico',
  '/var/lib/cni',
  '/var/lib/containerd',
  '/var/lib/containers',
  '/var/lib/docker',
  '/var/lib/etcd',
  '/var/lib/kubelet',
  '/var/lib/rancher/k3s/agent',
  '/var/lib/rancher/k3s/server', // not storage/, where k3s keeps local volumes
  '/var/lib/rancher/rke2',
  '/var/log',
];

/** Memory, although it is in a directory of {@link KNOWN}. */
const MEMORY = [DEV_SHM, '/dev/hugepages', '/dev/mqueue'];

/**
 * Checks whether a directory of the node is well known for something else than memory that pods
 * share. The path must be cleaned, with /run instead of /var/run.
 */
export function isKnownNodeDirectory(path: string): boolean {
  if (path === '/' || path === '/run' || path === '/var') {
    return true;
  }
  return (
    !MEMORY.some(each => isAtOrBelow(path, each)) && KNOWN.some(each => isAtOrBelow(path, each))
  );
}
