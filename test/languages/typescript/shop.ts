import { Chart } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import type { Construct } from 'constructs';
import { routes } from './contract';
import { PodSecurity } from 'cdk8s-shared-memory';

export class Shop extends Chart {
  public constructor(scope: Construct) {
    super(scope, 'shop', { namespace: 'shop' });
    const api = new kplus.Deployment(this, 'api', {
      containers: [{ name: 'api', image: 'registry.example.com/api:3.1.0' }],
    });
    routes.attachTo(api); // read-only
    PodSecurity.restricted().attachTo(api);
  }
}
