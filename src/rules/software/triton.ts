import { examplePod } from './example-pod';
import { roomFix } from './room-words';
import type { SoftwareProfile } from './software-profile';
import { sizeIn } from './written-size';
import { formatBytes } from '../../kube/quantity';

const FLAG = 'shm-default-byte-size';
const lines = (bytes: number, comment = '') => [
  'image: nvcr.io/nvidia/tritonserver:25.06-py3',
  'args:',
  '  - tritonserver',
  '  - --model-repository=/models',
  `  - --backend-config=python,${FLAG}=${bytes}${comment}`,
];

export const TRITON: SoftwareProfile = {
  id: 'SHM506',
  software: 'Triton Inference Server',
  title: "Triton's Python backend needs more shared memory than /dev/shm has",
  severity: 'warning',
  needs: `${FLAG} in /dev/shm for each instance of a model with the Python backend`,
  signs: {
    images: ['tritonserver'],
    programs: ['tritonserver'],
    runtimes: ['kserve-tritonserver'],
  },
  why: 'Each instance of a Python model makes a segment of this size in /dev/shm when it is loaded. If the segment does not fit, the model does not load: "Unable to initialize shared memory key".',
  fix: roomFix(`the ${FLAG} of all instances`),
  fact: `Triton's Python backend: --backend-config=python,${FLAG}=... sets how much shared memory each model instance takes at first; shm-growth-byte-size is added each time it needs more.`,
  link: 'https://github.com/triton-inference-server/python_backend#managing-shared-memory',
  wrong: examplePod(lines(268435456, ' # SHM506 warning')),
  right: examplePod(lines(268435456), '1Gi'),
  check: (container, found) => {
    const [, text] =
      container.command
        .valuesOf('--backend-config')
        .map(value => value.split(`python,${FLAG}=`))
        .filter(parts => parts.length === 2)
        .at(-1) ?? [];
    const bytes = sizeIn(text, { '': 1n });
    const shortage =
      bytes !== undefined &&
      container.shortage({
        bytes,
        field: container.command.fieldOf(FLAG),
        words: `each instance of a Python model takes ${formatBytes(bytes)} of shared memory`,
      });
    if (shortage) {
      found(shortage);
    }
  },
};
