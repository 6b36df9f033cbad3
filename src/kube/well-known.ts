/** Labels, annotations and paths that Kubernetes, its parts and Linux give a meaning to. */

/** The label of a namespace that says which Pod Security level is enforced in it. */
export const POD_SECURITY_ENFORCE = 'pod-security.kubernetes.io/enforce';

/** The operating system of a node. */
export const NODE_OS = 'kubernetes.io/os';

/** The name of a node. */
export const NODE_HOSTNAME = 'kubernetes.io/hostname';

/** The name of a namespace; the API server itself writes it. */
export const NAMESPACE_NAME = 'kubernetes.io/metadata.name';

/** The name of an application. */
export const APP_NAME = 'app.kubernetes.io/name';

/** The Service of an EndpointSlice. */
export const SERVICE_NAME = 'kubernetes.io/service-name';

/**
 * Annotation of pods that lists the volumes which need not keep the cluster autoscaler from
 * draining a node.
 */
export const SAFE_TO_EVICT_VOLUMES = 'cluster-autoscaler.kubernetes.io/safe-to-evict-local-volumes';

/** The file system in which POSIX shared memory and named semaphores are. */
export const DEV_SHM = '/dev/shm';
