import { ApiObject, Chart } from 'cdk8s';
import { type Construct } from 'constructs';
import { InputChecks, show } from '../../errors';
import { isDnsLabel, isImage } from '../../kube/names';
import type { ContractSpec } from '../../model/contract/contract-spec';
import {
  nodeTaskEdit,
  nodeTaskSpec,
  ownNodes,
  TASK_OWNERS,
  type NodeTask,
} from '../../model/node/node-task';
import { addEdit } from '../../wire/hook';
import { type AgentNodes } from '../contract/agent-nodes';
import { reserveName } from '../support/app-registry';
import { partOf } from '../support/input-values';

/** What the properties of a task say. */
interface TaskProps {
  readonly task: NodeTask['task'];
  /** The contracts that it is about; none if they are wrong. */
  readonly contracts: readonly Pick<ContractSpec, 'name' | 'namespace'>[];
  readonly name: string;
  /** The image, and the programs that must be in it. Absent if the contract has the image. */
  readonly image?: { readonly given: string; readonly tools: string };
  readonly nodes?: AgentNodes;
}

/**
 * Checks the properties of a task, and reserves its name. Returns the label of the nodes that it
 * runs on. Throws an error with all of their problems.
 */
export function checkNodeTask(
  construct: Construct,
  { contracts, image, name, nodes, task }: TaskProps,
): NodeTask['nodes'] {
  const checks = new InputChecks(construct);
  const isNamed = contracts.length > 0 || name !== '';
  if (isNamed && !isDnsLabel(name)) {
    checks.fail(
      'SHM001',
      'name',
      name || undefined,
      `a DNS label of at most 63 characters${name === '' ? `, because it is about several contracts: ${contracts.map(each => each.name).join(', ')}` : ''}`,
      `write name: 'pool-${task}'`,
    );
  }
  if (image && !isImage(image.given)) {
    checks.fail(
      'SHM015',
      'toolImage',
      image.given,
      `an image with ${image.tools}`,
      "write the busybox of your registry: toolImage: 'registry.example.com/busybox:1.36'",
    );
  }
  const label = checks.try(() => labelOf(construct, name, nodes));
  for (const namespace of new Set(contracts.map(each => each.namespace))) {
    const chartNamespace = Chart.of(construct).namespace;
    if (chartNamespace !== undefined && chartNamespace !== namespace) {
      checks.fail(
        'SHM007',
        'contract.namespace',
        namespace,
        `${show(chartNamespace)}, the namespace of the chart`,
        `put the ${TASK_OWNERS[task]} into the chart of the agents, or into one without a namespace`,
      );
    }
    checks.try(() =>
      reserveName(
        construct,
        'DaemonSet',
        `${namespace}/${name}`,
        'one DaemonSet with this name and namespace',
        "give one of them another name: name: '...'",
      ),
    );
  }
  return checks.end({ label }).label;
}

function labelOf(
  construct: Construct,
  name: string,
  nodes: AgentNodes | undefined,
): NodeTask['nodes'] {
  return nodes === undefined
    ? ownNodes(name)
    : partOf(nodes, '_spec', 'nodes', 'AgentNodes.all() or .labeled()', construct.node.path).label;
}

/** Makes the DaemonSet of a task, the construct's only object, and says what it is for. */
export function makeNodeTask(construct: Construct, what: string, node: NodeTask): void {
  const { name, namespace } = node;
  const daemonSet = new ApiObject(construct, 'Default', {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name, namespace },
    spec: nodeTaskSpec(node),
  });
  addEdit(daemonSet, nodeTaskEdit(what, node));
}
