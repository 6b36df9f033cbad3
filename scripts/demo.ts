import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { renderExample } from './examples';
import { seLinuxRoot } from './selinux-examples';

const ASSETS = join(__dirname, '..', 'assets');

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

/**
 * Returns what the package ships for `cdk8s-shared-memory demo`, by path: what to type, and the
 * manifests of examples/demo, as rendered into a folder, and for nodes with SELinux.
 */
export function demos(rendered: string): ReadonlyMap<string, string> {
  const fresh = mkdtempSync(join(tmpdir(), 'demo-'));
  const text = (folder: string) => DEMO_HEAD + readFileSync(join(folder, 'demo.k8s.yaml'), 'utf8');
  try {
    renderExample('demo', fresh, seLinuxRoot('demo'));
    return new Map([
      [join(ASSETS, 'demo.yaml'), text(join(rendered, 'demo'))],
      [join(ASSETS, 'demo-selinux.yaml'), text(fresh)],
    ]);
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}
