import { Include, JsonPatch, type Chart } from 'cdk8s';
import { WorkloadShift, type AgentContract } from 'cdk8s-shared-memory';

/* The code of examples/gray-release/README.md, "Two agents" and "A Helm chart". */

export function shiftRelease(chart: Chart, routes: AgentContract, verdicts: AgentContract): void {
  const before = new Include(chart, 'before', { url: 'shop.yaml' });
  const after = new Include(chart, 'after', { url: 'shop-new.yaml' });
  const [deployment, service] = ['Deployment', 'Service'].map(kind =>
    before.apiObjects.find(each => each.kind === kind)!,
  );
  service.addJsonPatch(JsonPatch.remove('/spec/selector/app.kubernetes.io~1instance'));

  new WorkloadShift(chart, 'shift', {
    contract: routes,
    from: deployment,
    to: after,
    replicas: 8,
    shifted: 25,
  });
  verdicts.attachTo(after);
}
