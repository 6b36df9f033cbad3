import { certain } from './remedy';
import { forEachPod, type Rule } from './rule';
import { inContainer, inVolume, type RuleMatch } from './rule-match';
import { at, isObject, textOf } from '../kube/json';
import type { Container } from '../kube/pod-template';
import { parseBytes } from '../kube/quantity';
import { isPlaceholder } from '../read/placeholder';
import type { MarkedPod } from '../sharing/marked-pod';

const pod = (size: string) => `apiVersion: v1
kind: Pod
metadata: { name: trainer }
spec:
  containers:
    - name: trainer
      image: registry.example.com/trainer:1
      resources: { limits: { memory: 4Gi } }
      volumeMounts:
        - { name: dshm, mountPath: /dev/shm }
  volumes:
    - name: dshm
      emptyDir:
        medium: Memory
        sizeLimit: ${size}
`;
const PAGE = 4096n;
/** The usual form of a quantity. It is never reported. */
const USUAL = /^[1-9][0-9]*[MG]i$/;

export const SHM209: Rule = {
  id: 'SHM209',
  title: 'a medium or quantity that is probably a mistake',
  severity: 'error',
  why: 'The suffix m means a thousandth: 64m of memory is one byte. The API accepts that, and any text as a medium. The kubelet then creates a volume of one page, or none.',
  fix: 'write Mi for mebibytes, and medium: Memory',
  fact: 'The API accepts sizeLimit 64m and medium Ram. "64MB" and "64mi" are not quantities; seen on Kubernetes 1.33 and 1.37.',
  link: 'https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/',
  wrong: pod('64m # SHM209 error'),
  right: pod('64Mi'),
  check: forEachPod((markedPod, found) => {
    for (const volume of markedPod.pod.volumes) {
      const { emptyDir } = volume.json;
      if (!isObject(emptyDir)) {
        continue;
      }
      const { medium } = emptyDir;
      // the kubelet ignores volumes that no container mounts
      const mounted = markedPod.pod.mountsOfVolume(volume).length > 0;
      if (
        mounted &&
        medium !== undefined &&
        medium !== null &&
        !/^(|Memory|HugePages(-.+)?)$/.test(textOf(medium)) &&
        !isPlaceholder(textOf(medium))
      ) {
        found(
          inVolume(
            markedPod,
            volume,
            'emptyDir/medium',
            `medium ${textOf(medium)} does not exist: the API accepts it, but the kubelet does not start the pod`,
            {
              fix: 'write medium: Memory',
              remedies: () => [
                certain('write medium: Memory', {
                  do: 'set',
                  pointer: `${volume.path}/emptyDir/medium`,
                  value: 'Memory',
                }),
              ],
            },
          ),
        );
      }
      const wrong = medium === 'Memory' ? wrongIn(emptyDir.sizeLimit, 'sizeLimit') : undefined;
      if (wrong) {
        found(
          inVolume(markedPod, volume, 'emptyDir/sizeLimit', wrong.message, {
            ...wrong,
            ...rewritten(`${volume.path}/emptyDir/sizeLimit`, emptyDir.sizeLimit),
          }),
        );
      }
    }
    for (const container of markedPod.usesMemory ? markedPod.pod.containers : []) {
      checkResources(markedPod, container, found);
    }
  }),
};

function checkResources(
  markedPod: MarkedPod,
  container: Container,
  found: (match: RuleMatch) => void,
): void {
  for (const kind of ['limits', 'requests']) {
    const wrong = wrongIn(
      at(container.json, 'resources', kind, 'memory'),
      `memory ${kind.slice(0, -1)}`,
    );
    if (wrong) {
      found(
        inContainer(markedPod, container, `resources/${kind}/memory`, wrong.message, {
          ...wrong,
          ...rewritten(
            `${markedPod.pod.pathOf(container)}/resources/${kind}/memory`,
            at(container.json, 'resources', kind, 'memory'),
          ),
        }),
      );
    }
  }
}

/** Returns the remedy for a quantity with the suffix of a thousandth: mebibytes were meant. */
function rewritten(pointer: string, value: unknown): Pick<RuleMatch, 'remedies'> {
  const text = textOf(value);
  const meant = text.replace(/m$/, 'Mi');
  return parseBytes(value) === undefined || !/^[1-9][0-9]*m$/.test(text)
    ? {}
    : { remedies: () => [certain(`write ${meant}`, { do: 'set', pointer, value: meant })] };
}

function wrongIn(
  value: unknown,
  what: string,
): (Partial<RuleMatch> & { message: string }) | undefined {
  if (
    value === undefined ||
    value === null ||
    USUAL.test(textOf(value)) ||
    (typeof value === 'string' && isPlaceholder(value))
  ) {
    return undefined;
  }
  const bytes = parseBytes(value);
  if (bytes === undefined || bytes < 0n) {
    return {
      message: `${what} ${textOf(value)} is not a quantity: the API server refuses it`,
      fix: 'write a quantity like 64Mi',
    };
  }
  if (/[munµ]$/.test(textOf(value))) {
    return {
      message: `${what} ${textOf(value)} means ${bytes} byte${bytes === 1n ? '' : 's'}: the suffix m is a thousandth`,
      fix: `write ${textOf(value).replace(/[mun]$/, 'Mi')} for mebibytes`,
    };
  }
  if (bytes > 0n && bytes < PAGE) {
    return {
      message: `${what} ${textOf(value)} is ${bytes} bytes, less than one page of memory`,
      severity: 'warning',
      fix: `write ${bytes}Mi for mebibytes`,
    };
  }
  return undefined;
}
