import { parseArgs } from 'node:util';

/** What the command line says. */
export interface Options {
  readonly image: string;
  readonly imagePullPolicy: string;
  readonly only?: string;
  readonly keep: boolean;
}

export const USAGE = `usage: npm run e2e -- [--image NAME] [--image-pull-policy POLICY] [--only NAME] [--keep]
  --image              the image of e2e/image.sh or e2e/probe/Dockerfile (default cdk8s-shared-memory-probe:1)
  --image-pull-policy  Never (default), IfNotPresent or Always
  --only               one technique or example; docs/verified-<minor>.md is then left as it is
  --keep               leaves everything in the cluster
needs KUBECONFIG, and kubectl on the PATH or in KUBECTL. Use a cluster of your own: the tests run privileged pods.`;

const PULL_POLICIES = ['Never', 'IfNotPresent', 'Always'];

/** The options, or what is wrong with them. */
export function options(args: string[], tests: readonly string[]): Options | string {
  try {
    const { values } = parseArgs({
      args,
      options: {
        'image': { type: 'string', default: 'cdk8s-shared-memory-probe:1' },
        'image-pull-policy': { type: 'string', default: 'Never' },
        'only': { type: 'string' },
        'keep': { type: 'boolean', default: false },
      },
    });
    const { image, only, keep, 'image-pull-policy': imagePullPolicy } = values;
    if (only !== undefined && !tests.includes(only)) { return `--only: given ${only}; allowed ${tests.join(', ')}`; }
    if (!PULL_POLICIES.includes(imagePullPolicy)) { return `--image-pull-policy: given ${imagePullPolicy}; allowed ${PULL_POLICIES.join(', ')}`; }
    return { image, imagePullPolicy, only, keep };
  } catch (error) {
    return (error as Error).message;
  }
}
