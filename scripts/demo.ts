import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What the package ships for `cdk8s-shared-memory demo`. */
export const DEMO = join(__dirname, '..', 'assets', 'demo.yaml');

/** What the demo prints before its manifests. */
const DEMO_HEAD = `\
# Shared memory between pods of one node: an agent writes the time, a client reads it, and an outsider is refused.
#
#   kubectl apply -f demo.yaml
#   kubectl rollout status -n shared-memory-demo daemonset/clock
#   kubectl rollout status -n shared-memory-demo-apps deployment/reader
#   kubectl logs -n shared-memory-demo-apps deployment/reader --tail=2     # the time, and: Read-only file system
#   kubectl logs -n shared-memory-demo-apps deployment/outsider --tail=2   # Permission denied
#   kubectl delete -f demo.yaml
#
`;

/** Returns the demo: the manifests of examples/demo, rendered into a folder, and what to type. */
export function demoText(rendered: string): string {
  return DEMO_HEAD + readFileSync(join(rendered, 'demo', 'demo.k8s.yaml'), 'utf8');
}
