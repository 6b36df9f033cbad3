/**
 * Labels, annotations and paths that have a fixed meaning in Kubernetes, its components or Linux.
 */

/** Namespace label that sets the enforced Pod Security level. */
export const POD_SECURITY_ENFORCE = 'pod-security.kubernetes.io/enforce';

/** Node label with the operating system. */
export const NODE_OS = 'kubernetes.io/os';

/** Node label with the host name. */
export const NODE_HOSTNAME = 'kubernetes.io/hostname';

/** Namespace label with the name of the namespace. The API server sets it. */
export const NAMESPACE_NAME = 'kubernetes.io/metadata.name';

/** Label with the name of an application. */
export const APP_NAME = 'app.kubernetes.io/name';

/** EndpointSlice label with the name of the Service. */
export const SERVICE_NAME = 'kubernetes.io/service-name';

/** Pod annotation: the cluster autoscaler may evict the pod, whatever it contains. */
export const SAFE_TO_EVICT = 'cluster-autoscaler.kubernetes.io/safe-to-evict';

/**
 * Pod annotation with a list of volumes. The cluster autoscaler may drain a node although a pod
 * uses these volumes.
 */
export const SAFE_TO_EVICT_VOLUMES = 'cluster-autoscaler.kubernetes.io/safe-to-evict-local-volumes';

/** The file system that contains POSIX shared memory and named semaphores. */
export const DEV_SHM = '/dev/shm';

/** Labels that the kubelet, the cloud or a node pool sets, and other pods rely on. */
const OF_OTHERS =
  /^((beta\.)?kubernetes\.io\/(os|arch|hostname)|(node|node-role|topology|failure-domain\.beta)\.kubernetes\.io\/.*|(cloud\.google\.com|eks\.amazonaws\.com|alpha\.eksctl\.io|kubernetes\.azure\.com|karpenter\.sh|karpenter\.k8s\.aws)\/.*)$/;

/** Labels that the kubelet gives to every node, whatever pool it is in. */
const OF_EVERY_NODE = /^(beta\.)?kubernetes\.io\/(os|arch|hostname)$/;

/** Checks whether a label comes with a pool of nodes: the cloud or the kubelet sets it. */
export function isLabelOfPool(key: string): boolean {
  return isLabelOfOthers(key) && !OF_EVERY_NODE.test(key);
}

/** Checks whether nodes have a label for another reason than the contracts. */
export function isLabelOfOthers(key: string): boolean {
  return OF_OTHERS.test(key);
}
