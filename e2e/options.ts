import { parseArgs } from 'node:util';

/** What the command line says. */
export interface Options {
  readonly image: string;
  readonly kubectlImage: string;
  readonly imagePullPolicy: string;
  readonly only?: string;
  readonly keep: boolean;
  readonly record: boolean;
  readonly resume: boolean;
  readonly atOnce: number;
  readonly patience: number;
}

export const USAGE = `usage: npm run e2e -- [--image NAME] [--kubectl-image NAME] [--image-pull-policy POLICY] [--only NAME] [--at-once N] [--patience FACTOR] [--keep] [--record] [--resume]
  --image              the image of e2e/image.sh or e2e/probe/Dockerfile (default cdk8s-shared-memory-probe:1)
  --kubectl-image      the image of e2e/image.sh with WITH_KUBECTL, or any with kubectl and sh (default cdk8s-shared-memory-kubectl:1)
  --image-pull-policy  Never (default), IfNotPresent or Always
  --only               one technique or example; the record in docs/verified/ is then left as it is
  --record             with --only: writes what was seen into that record
  --at-once            so many tests at once, where they do not get into each other's way (default 3)
  --patience           waits so many times as long before it gives up, for slow machines (default 1)
  --keep               leaves everything in the cluster
  --resume             runs what has not passed yet on this version (artifacts/e2e-<environment>.json has what has)
needs KUBECONFIG, and kubectl on the PATH or in KUBECTL. Use a cluster of your own: the tests run privileged pods.`;

const PULL_POLICIES = ['Never', 'IfNotPresent', 'Always'];

/** The options, or what is wrong with them. */
export function options(args: string[], tests: readonly string[]): Options | string {
  try {
    const { values } = parseArgs({
      args,
      options: {
        image: { type: 'string', default: 'cdk8s-shared-memory-probe:1' },
        'kubectl-image': { type: 'string', default: 'cdk8s-shared-memory-kubectl:1' },
        'image-pull-policy': { type: 'string', default: 'Never' },
        only: { type: 'string' },
        'at-once': { type: 'string', default: '3' },
        patience: { type: 'string', default: '1' },
        keep: { type: 'boolean', default: false },
        record: { type: 'boolean', default: false },
        resume: { type: 'boolean', default: false },
      },
    });
    const {
      image,
      only,
      keep,
      record,
      resume,
      patience,
      'kubectl-image': kubectlImage,
      'image-pull-policy': imagePullPolicy,
      'at-once': atOnce,
    } = values;
    if (only !== undefined && !tests.includes(only)) {
      return `--only: given ${only}; allowed ${tests.join(', ')}`;
    }
    if (!PULL_POLICIES.includes(imagePullPolicy)) {
      return `--image-pull-policy: given ${imagePullPolicy}; allowed ${PULL_POLICIES.join(', ')}`;
    }
    if (!/^[1-9]\d?$/.test(atOnce)) {
      return `--at-once: given ${atOnce}; allowed a number from 1 to 99`;
    }
    if (!/^\d+(\.\d+)?$/.test(patience) || Number(patience) < 1) {
      return `--patience: given ${patience}; allowed a number from 1`;
    }
    return {
      image,
      kubectlImage,
      imagePullPolicy,
      only,
      keep,
      record,
      resume,
      atOnce: Number(atOnce),
      patience: Number(patience),
    };
  } catch (error) {
    return (error as Error).message;
  }
}
