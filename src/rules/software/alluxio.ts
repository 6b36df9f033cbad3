import { examplePod } from './example-pod';
import type { SoftwareContainer } from './software-container';
import type { SoftwareProfile } from './software-profile';
import { at, objectsOf, textOf } from '../../kube/json';
import { formatBytes, parseBytes, roundUpToMebibytes } from '../../kube/quantity';
import { suggestion } from '../remedy';

const OPTIONS = ['ALLUXIO_JAVA_OPTS', 'ALLUXIO_WORKER_JAVA_OPTS'];
const LEVEL = '-Dalluxio.worker.tieredstore.level0.dirs';
const SIZE = /^(\d+)\s*([kmgt])(i?b)?$/i;

const worker = (quota: string, comment = '') => [
  'image: docker.io/alluxio/alluxio:2.9.4',
  'args: [worker-only]',
  'env:',
  `  - name: ALLUXIO_WORKER_JAVA_OPTS${comment}`,
  `    value: ${LEVEL}.path=/dev/shm ${LEVEL}.quota=${quota}`,
];

export const ALLUXIO: SoftwareProfile = {
  id: 'SHM513',
  software: 'Alluxio, Fluid',
  title: "the quota of Alluxio's memory tier is larger than its memory",
  severity: 'warning',
  needs:
    'the quota of the memory tier, as room at its path and below the memory limit of the worker',
  signs: { env: OPTIONS, kinds: ['data.fluid.io/AlluxioRuntime'] },
  why: 'The worker fills its memory tier up to the quota. If the volume is smaller, writes fail with ENOSPC. If the memory limit is smaller, the worker is OOM-killed, because the blocks count against the limit.',
  fix: 'lower the quota below the size of the volume, and keep the memory limit of the worker above both',
  fact: 'Alluxio: alluxio.worker.tieredstore.level0.dirs.quota is the capacity of the tier. Fluid: spec.tieredstore.levels[].quota is the maximum cache capacity of the level.',
  link: 'https://fluid-cloudnative.github.io/docs/tutorials/advanced/alluxio-tieredstore-configuration',
  wrong: examplePod(worker('2GB', ' # SHM513 warning'), '1Gi'),
  right: examplePod(worker('1GB'), '1Gi'),
  check: (container, found) => {
    for (const variable of OPTIONS) {
      const shortage = shortageIn(container, variable);
      if (shortage) {
        found(shortage);
      }
    }
  },
  checkObject: (manifest, found) => {
    const limit = parseBytes(at(manifest.json, 'spec', 'worker', 'resources', 'limits', 'memory'));
    const levels = at(manifest.json, 'spec', 'tieredstore', 'levels');
    objectsOf(levels).forEach(({ mediumtype, quota }, i) => {
      const bytes = parseBytes(quota);
      if (mediumtype === 'MEM' && bytes !== undefined && limit !== undefined && bytes >= limit) {
        found({
          manifest,
          path: `/spec/tieredstore/levels/${i}/quota`,
          message: `quota ${textOf(quota)} of the memory tier does not fit into the memory limit of the worker, ${formatBytes(limit)}`,
          fix: `lower the quota below ${formatBytes(limit)}, or raise worker.resources.limits.memory above ${formatBytes(bytes)} plus what the worker itself needs`,
          remedies: () => [
            suggestion('raise the memory limit of the worker to the quota, and what it had', {
              do: 'set',
              pointer: '/spec/worker/resources/limits/memory',
              value: formatBytes(roundUpToMebibytes(bytes + limit)),
            }),
          ],
        });
      }
    });
  },
};

function shortageIn(container: SoftwareContainer, variable: string) {
  const words = (container.valueOf(variable) ?? '').split(' ');
  const property = (name: string) =>
    words.find(word => word.startsWith(`${LEVEL}.${name}=`))?.slice(LEVEL.length + name.length + 2);
  const [path, quota] = [property('path'), property('quota')];
  const bytes = quota === undefined ? undefined : leastBytes(quota);
  return path === undefined || bytes === undefined
    ? undefined
    : container.shortage(
        {
          bytes,
          field: container.fieldOf(variable),
          words: `the quota of Alluxio's memory tier at ${path} is ${quota}`,
        },
        path,
      );
}

/**
 * Returns the bytes of a quota, with decimal units. Alluxio's own are binary, but its Helm chart
 * writes the same text as quota and as sizeLimit, for which 1G is 10^9: that is no finding.
 */
function leastBytes(quota: string): bigint | undefined {
  const [, number, unit] = SIZE.exec(quota) ?? [];
  return unit === undefined
    ? undefined
    : BigInt(number) * 1000n ** BigInt('kmgt'.indexOf(unit.toLowerCase()) + 1);
}
