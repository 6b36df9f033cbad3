import { isObject, textOf, type Json } from '../kube/json';

/**
 * The defaults that the API server sets for absent fields of a pod spec. Adding or removing such a
 * field with its default value is not a change.
 */
const IN_POD: Readonly<Record<string, Json>> = {
  dnsPolicy: 'ClusterFirst',
  enableServiceLinks: true,
  restartPolicy: 'Always',
  schedulerName: 'default-scheduler',
  securityContext: {},
  terminationGracePeriodSeconds: 30,
};

/** The defaults for fields inside the parts of a pod spec, at any depth. */
const BELOW: Readonly<Record<string, Json>> = {
  defaultMode: 420,
  failureThreshold: 3,
  periodSeconds: 10,
  protocol: 'TCP',
  scheme: 'HTTP',
  successThreshold: 1,
  terminationMessagePath: '/dev/termination-log',
  terminationMessagePolicy: 'File',
  timeoutSeconds: 1,
};

/**
 * Booleans for which Kubernetes does not distinguish `false` from absent. For other booleans it
 * does: adding `privileged: false` changes the pod template.
 */
const FALSE = ['hostIPC', 'hostNetwork', 'hostPID', 'readOnly', 'stdin', 'stdinOnce', 'tty'];

/**
 * Maps for which Kubernetes does not distinguish empty from absent. For other maps it does:
 * `emptyDir: {}` is a volume.
 */
const MAPS = [
  'annotations',
  'data',
  'labels',
  'limits',
  'matchLabels',
  'nodeSelector',
  'requests',
  'resources',
];

/** Strings for which Kubernetes distinguishes empty from absent. */
const EMPTY_TEXT = ['storageClassName'];

/**
 * Returns the default value of a field of a pod spec (`ofPod`) or of a part of it. Absent if it has
 * none.
 */
export function podDefault(key: string, holder: unknown, ofPod: boolean): Json | undefined {
  if (key === 'imagePullPolicy') {
    return pullPolicy(holder);
  }
  const table = ofPod ? IN_POD : BELOW;
  return Object.prototype.hasOwnProperty.call(table, key) ? table[key] : undefined;
}

/** Checks whether Kubernetes treats this value of a field as if the field were absent. */
export function isAbsent(key: string, value: Json | undefined): boolean {
  if (value === undefined || value === null || (Array.isArray(value) && value.length === 0)) {
    return true;
  }
  if (value === false) {
    return FALSE.includes(key);
  }
  if (value === '') {
    return !EMPTY_TEXT.includes(key);
  }
  return (
    isObject(value) &&
    MAPS.includes(key) &&
    Object.entries(value).every(([child, below]) => isAbsent(child, below) && below !== '')
  );
}

/**
 * Returns the default pull policy: `Always` if the tag of the image is absent or `latest`, and
 * `IfNotPresent` otherwise.
 */
function pullPolicy(container: unknown): string | undefined {
  if (!isObject(container) || container.image === undefined) {
    return undefined;
  }
  const image = textOf(container.image);
  if (image.includes('@')) {
    return 'IfNotPresent';
  }
  return /:(?!latest$)[^/:]+$/.test(image) ? 'IfNotPresent' : 'Always';
}
