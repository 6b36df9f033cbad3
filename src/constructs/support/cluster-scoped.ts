import { ApiObject, JsonPatch, type ApiObjectProps } from 'cdk8s';
import { type Construct } from 'constructs';

/**
 * Creates an object of a kind that has no namespace. cdk8s writes the chart's namespace on it all
 * the same (cdk8s#1558), and the API server refuses some such objects.
 */
export function clusterScoped(scope: Construct, id: string, props: ApiObjectProps): ApiObject {
  const object = new ApiObject(scope, id, props);
  if (object.chart.namespace !== undefined) {
    object.addJsonPatch(JsonPatch.remove('/metadata/namespace'));
  }
  return object;
}
