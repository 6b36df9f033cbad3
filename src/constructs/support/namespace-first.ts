import { ApiObject, Chart } from 'cdk8s';

/**
 * Renders a Namespace before the objects of its chart that are in it, even if they were made first:
 * `kubectl apply` goes through a file from top to bottom, and refuses an object whose namespace is
 * not there yet. Objects that are made later follow it anyway. Other charts are left alone, because
 * cdk8s renames the files of charts that depend on each other.
 */
export function renderFirst(namespace: ApiObject): void {
  const chart = Chart.of(namespace);
  for (const construct of chart.node.findAll()) {
    if (
      ApiObject.isApiObject(construct) &&
      construct !== namespace &&
      construct.metadata.namespace === namespace.name &&
      Chart.of(construct) === chart
    ) {
      construct.node.addDependency(namespace);
    }
  }
}
