import { join } from 'path';
import { Chart, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { type Construct } from 'constructs';
import { AgentContract, PodSecurity } from 'cdk8s-shared-memory';

/** The app repo has the contract as a file, and none of the platform's code. */
const prices = AgentContract.fromFile(join(__dirname, 'prices.contract.json'));

export class Shop extends Chart {
  public constructor(scope: Construct, images: { client: string }) {
    super(scope, 'shop', { namespace: 'two-repos', disableResourceNameHashes: true });
    const web = new kplus.Deployment(this, 'web', {
      replicas: 1,
      containers: [
        {
          name: 'web',
          image: images.client,
          securityContext: { user: 20001, group: 20001 },
          resources: {
            cpu: { request: kplus.Cpu.millis(100) },
            memory: { request: Size.mebibytes(64), limit: Size.mebibytes(64) },
          },
        },
      ],
    });
    prices.attachTo(web);
    PodSecurity.restricted().attachTo(web);
  }
}
