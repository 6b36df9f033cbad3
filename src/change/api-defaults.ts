import { isObject, textOf, type Json } from '../kube/json';

/**
 * What the API server writes where a field of a pod spec is absent, by the field: writing it, or
 * leaving it out, is no change.
 */
const IN_POD: Readonly<Record<string, Json>> = {
  dnsPolicy: 'ClusterFirst',
  enableServiceLinks: true,
  restartPolicy: 'Always',
  schedulerName: 'default-scheduler',
  securityContext: {},
  terminationGracePeriodSeconds: 30,
};

/** The same in the parts of a pod spec, wherever they stand. */
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
 * Booleans of which Kubernetes keeps no "absent". Others it does: `privileged: false` where there
 * was nothing is another template.
 */
const FALSE = ['hostIPC', 'hostNetwork', 'hostPID', 'readOnly', 'stdin', 'stdinOnce', 'tty'];

/** Maps of which Kubernetes keeps no "absent". Others it does: `emptyDir: {}` is a volume. */
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

/** Text of which Kubernetes tells empty from absent. */
const EMPTY_TEXT = ['storageClassName'];

/** What a field of a pod spec, or of a part of it, has where it is absent. */
export function podDefault(key: string, holder: unknown, ofPod: boolean): Json | undefined {
  if (key === 'imagePullPolicy') {
    return pullPolicy(holder);
  }
  const table = ofPod ? IN_POD : BELOW;
  return Object.prototype.hasOwnProperty.call(table, key) ? table[key] : undefined;
}

/** Whether Kubernetes sees the same where a field has that value as where it is absent. */
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

/** `Always` for images whose tag is absent or `latest`, else `IfNotPresent`. */
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
