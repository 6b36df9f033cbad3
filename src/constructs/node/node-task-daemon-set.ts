import { ApiObject, Chart } from 'cdk8s';
import { type Construct } from 'constructs';
import { InputError, show, type ErrorCode } from '../../errors';
import { isDnsLabel, isImage } from '../../kube/names';
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

/** The label of the nodes that a task runs on. */
export function taskNodes(
  construct: Construct,
  name: string,
  nodes: AgentNodes | undefined,
): NodeTask['nodes'] {
  return nodes === undefined
    ? ownNodes(name)
    : partOf(nodes, '_spec', 'nodes', 'AgentNodes.all() or .labeled()', construct.node.path).label;
}

/** A task in the words of users. */
interface Words {
  readonly what: string;
  /** The programs that must be in its image. */
  readonly tools: string;
}

/** Makes the DaemonSet of a task, the construct's only object. */
export function makeNodeTask(construct: Construct, { tools, what }: Words, node: NodeTask): void {
  const { name, namespace, image, task } = node;
  const fail = (code: ErrorCode, field: string, given: unknown, allowed: string, fix: string) => {
    throw new InputError(construct.node.path, { code, field, given: show(given), allowed, fix });
  };
  if (!isDnsLabel(name)) {
    fail(
      'SHM001',
      'name',
      name || undefined,
      `a DNS label of at most 63 characters${name === '' ? `, because it is about several contracts: ${node.contracts.join(', ')}` : ''}`,
      `write name: 'pool-${task}'`,
    );
  }
  if (!isImage(image)) {
    fail(
      'SHM015',
      'toolImage',
      image,
      `an image with ${tools}`,
      "write the busybox of your registry: toolImage: 'registry.example.com/busybox:1.36'",
    );
  }
  const chartNamespace = Chart.of(construct).namespace;
  if (chartNamespace !== undefined && chartNamespace !== namespace) {
    fail(
      'SHM007',
      'contract.namespace',
      namespace,
      `${show(chartNamespace)}, the namespace of the chart`,
      `put the ${TASK_OWNERS[task]} into the chart of the agents, or into one without a namespace`,
    );
  }
  reserveName(
    construct,
    'DaemonSet',
    `${namespace}/${name}`,
    'one DaemonSet with this name and namespace',
    "give one of them another name: name: '...'",
  );
  const daemonSet = new ApiObject(construct, 'Default', {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name, namespace },
    spec: nodeTaskSpec(node),
  });
  addEdit(daemonSet, nodeTaskEdit(what, node));
}
