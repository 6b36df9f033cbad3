import { App } from 'cdk8s';
import { Agents } from './platform/agents';
import { Shop } from './shop/shop';
import { ReviewApp } from 'cdk8s-shared-memory';

/** The images of this example. */
export const IMAGES = {
  tools: 'registry.example.com/busybox:1.36',
  agent: 'registry.example.com/prices-agent:7.0.0',
  client: 'registry.example.com/shop:5.4.0',
};

/** The least Kubernetes version that this example is for. */
export const LEAST_KUBERNETES = '1.27';

/** Each repo has an app of its own; here both are in one, so that one command renders them. */
export function build(app: App, images = IMAGES): void {
  new Agents(app, images);
  new Shop(app, images);
}

if (require.main === module) {
  const app = new ReviewApp();
  build(app);
  app.synth();
}
