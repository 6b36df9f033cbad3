import { type ApiObject, type Size } from 'cdk8s';
import type { IConstruct } from 'constructs';
import { type Leftovers } from './leftovers';
import { recordServing } from './serving-workloads';
import { checkAll, InputChecks, InputError, show } from '../../errors';
import { isImage } from '../../kube/names';
import { builtInTemplate } from '../../kube/pod-template';
import { NODE_OS } from '../../kube/well-known';
import { agentEdit } from '../../model/agent/agent-edit';
import { API_VERSION } from '../../model/annotation-codec';
import { validSpec } from '../../model/contract/contract-check';
import { writeContract } from '../../model/contract/contract-json';
import type { ContractSpec, NodesSpec } from '../../model/contract/contract-spec';
import { backingOf, memoriesWithDirectory } from '../../model/contract/node-layout';
import type { OptionNames } from '../../options';
import { addEdit } from '../../wire/hook';
import { type Accounting, addsToLimits } from '../contract/accounting';
import { AgentNodes } from '../contract/agent-nodes';
import { requireSameContract, reserveNodes } from '../support/app-registry';
import { partOf } from '../support/input-values';
import { bytesOf } from '../support/size-bytes';
import { TARGET_OPTIONS, type Target, type TargetOptions } from '../support/targets';

/** The options of every workload that serves a contract, however it is made. */
export interface ServingOptions {
  /**
   * The container that serves the memory, by name.
   *
   * @default - the only container; if there are several, it must be named
   */
  readonly container?: string;

  /**
   * The image of the init steps, with sh, stat, cat, mktemp, ln, rm, mkdir, rmdir, mv, chown,
   * chmod, du and grep; also with mount, awk and df for `Backing.tmpfs()`. For example
   * registry.example.com/busybox:1.36.
   *
   * @default - none, which is an error if a memory has a directory on the node, because only that
   * needs init steps
   */
  readonly toolImage?: string;

  /**
   * The part of the contract's nodes that this agent serves, if several agents of one contract
   * divide the nodes between them. They must divide them by one label key, so that no node belongs
   * to two of them. If a node moves from one agent to another, the other takes it over. Clients
   * stay on the nodes of the contract. They get no toleration for a taint of the part
   * (`AgentNodes.dedicated()`): there, only clients that tolerate it themselves can run.
   *
   * @default - all nodes of the contract
   */
  readonly nodes?: AgentNodes;

  /**
   * Sizes of memories on the nodes of this agent, by the name of the memory.
   *
   * @default - the sizes of the contract
   */
  readonly sizes?: { readonly [memory: string]: Size };

  /**
   * What the memory limits of the serving container include.
   *
   * @default Accounting.KEEP_LIMITS: a limit that is too small for what the container pays for is
   * an error with the number to write
   */
  readonly accounting?: Accounting;

  /**
   * What happens to the objects that an earlier agent left on the node.
   *
   * @default Leftovers.keep()
   */
  readonly leftovers?: Leftovers;
}

export const SERVING_OPTIONS: OptionNames<ServingOptions> = {
  accounting: true,
  container: true,
  leftovers: true,
  nodes: true,
  sizes: true,
  toolImage: true,
};

/** Options of `AgentContract.serveFrom()`. */
export interface ServeFromOptions extends ServingOptions, TargetOptions {
  /**
   * Names of volumes of the agent that the contract's memory replaces. They must be mounted at the
   * path of the memory, and nowhere else. Init containers that mount them cannot be named: let
   * them use another volume first.
   *
   * @default - none: another volume at the path of the memory is an error
   */
  readonly replaces?: string[];

  /**
   * Whether the workload already contains all that the contract needs, and only gets the mark of
   * the contract and its acknowledgements, as annotations of the object itself. No pod restarts. If
   * something is missing, the error says what. Memory in a directory of this library needs init
   * steps, so it cannot be served like this by a workload that does not have them.
   *
   * @default false: what is missing is added
   */
  readonly asIs?: boolean;
}

export const SERVE_FROM_OPTIONS: OptionNames<ServeFromOptions> = {
  ...SERVING_OPTIONS,
  ...TARGET_OPTIONS,
  asIs: true,
  replaces: true,
};

/**
 * Who serves: the containers, in the form that src/wire uses, and whether a container that is
 * explicitly set to run as root stays root.
 */
interface Server {
  readonly name: string;
  readonly containers: 'only' | readonly string[];
  readonly keepsRoot: boolean;
  readonly replaces?: readonly string[];
  readonly asIs?: boolean;
  readonly toolImage?: string;
}

/** Kinds whose pods can share a node, unless the manifest says otherwise. */
const ON_ONE_NODE = ['Deployment', 'StatefulSet'];

/** What the options of a workload that serves a contract say. */
export interface Serving {
  /** The contract, with the sizes that this agent has. */
  readonly own: ContractSpec;
  readonly nodes: NodesSpec | undefined;
  readonly addToLimits: boolean;
  readonly sweepAllBut: readonly string[] | undefined;
}

/**
 * Checks the options of an agent, and reserves its nodes. Throws an error with all of its problems.
 *
 * @param construct the construct whose options these are: a NodeAgent, or another workload itself
 */
export function checkServing(
  spec: ContractSpec,
  options: ServingOptions,
  construct: IConstruct,
): Serving {
  const checks = new InputChecks(construct);
  const where = construct.node.path;
  checks.try(() => requireSameContract(construct, spec));
  if (spec.servedBy !== undefined) {
    checks.add({
      code: 'SHM007',
      field: 'contract',
      given: `contract ${spec.name}, which is served by ${spec.servedBy}`,
      allowed: 'a contract without servedBy',
      fix: 'leave servedBy out of the contract, or leave the agent out',
    });
  }
  if (memoriesWithDirectory(spec).length > 0 && !isImage(options.toolImage)) {
    const mounts = spec.memory.some(m => ['tmpfs', 'hugetlbfs'].includes(backingOf(spec, m)));
    checks.fail(
      'SHM015',
      'toolImage',
      options.toolImage,
      `an image with sh, stat, cat, mktemp, ln, rm, mkdir, rmdir, mv, chown, chmod, du${mounts ? ', grep, mount, awk and df' : ' and grep'}`,
      "write the busybox of your registry: toolImage: 'registry.example.com/busybox:1.36'",
    );
  }
  const nodes = checks.try(() => nodesOf(spec, options.nodes, construct));
  const own = checks.try(() => resized(spec, options.sizes ?? {}, where));
  const addToLimits = checks.try(() => addsToLimits(options.accounting, where));
  const sweepAllBut = checks.try(() => sweepOf(options.leftovers, where));
  return { ...checks.end({ own, addToLimits }), nodes, sweepAllBut };
}

/** Checks that a workload that the user made can serve a contract. */
export function checkServer(
  spec: ContractSpec,
  object: ApiObject,
  nodes: AgentNodes | undefined,
): void {
  const isBuiltIn = builtInTemplate(object.apiVersion, object.kind) !== undefined;
  const label = (nodes?._spec ?? AgentNodes.all()._spec).label.key;
  const namespace = object.metadata.namespace;
  checkAll(object, ({ add, fail }) => {
    if (isBuiltIn && !['DaemonSet', ...ON_ONE_NODE].includes(object.kind)) {
      add({
        code: 'SHM008',
        field: 'target',
        given: `a ${object.kind}`,
        allowed:
          'a DaemonSet, a Deployment or StatefulSet that cannot have two pods on one node, or a custom kind that is like one of them',
        fix: 'serve from a DaemonSet; for an agent in each pod, use a SidecarAgent',
      });
    }
    if (
      ON_ONE_NODE.includes(object.kind) &&
      label === NODE_OS &&
      spec.nodes.label.key === NODE_OS
    ) {
      add({
        code: 'SHM007',
        field: 'nodes',
        given: `all nodes, for an agent that is a ${object.kind}`,
        allowed:
          'a label of the nodes that its pods run on: clients on other nodes would wait forever',
        fix: "write nodes: AgentNodes.labeled('example.com/cache', 'yes') in the contract, and label these nodes",
      });
    }
    if (namespace !== undefined && namespace !== spec.namespace) {
      fail(
        'SHM007',
        'metadata.namespace',
        namespace,
        `${show(spec.namespace)}, the namespace of contract ${spec.name}`,
        "change one of them: the namespace of the contract is the agent's",
      );
    }
  });
}

/** Makes a workload serve a contract, for a NodeAgent and for any other agent. */
export function serve(
  spec: ContractSpec,
  { object, template }: Target,
  { addToLimits, nodes, own, sweepAllBut }: Serving,
  server: Server,
): void {
  const marker = nodes
    ? `${spec.namespace}/${spec.name} by ${nodes.label.key}`
    : `${spec.namespace}/${server.name}`;
  addEdit(
    object,
    agentEdit(own, template, {
      agent: marker,
      containers: server.containers,
      toolImage: server.toolImage,
      nodes,
      addToLimits,
      sweepAllBut,
      keepsRoot: server.keepsRoot,
      replaces: server.replaces ?? [],
      asIs: server.asIs === true,
      isOnOneNode: ON_ONE_NODE.includes(object.kind),
    }),
  );
  recordServing(object, {
    ...{ contract: writeContract(own), agent: server.name, marker, template },
    ...(nodes && { part: nodes }),
  });
}

/**
 * Returns the nodes of a contract that an agent is for, and reserves them. Agents divide the nodes
 * by a label that the contract itself does not fix: only then can two agents be told apart, and a
 * node move from one to the other.
 */
function nodesOf(
  spec: ContractSpec,
  given: AgentNodes | undefined,
  construct: IConstruct,
): NodesSpec | undefined {
  const where = construct.node.path;
  const nodes =
    given && partOf(given, '_spec', 'nodes', 'AgentNodes.labeled() or .dedicated()', where);
  if (nodes?.label.key === spec.nodes.label.key) {
    throw new InputError(where, {
      code: 'SHM007',
      field: 'nodes',
      given: `${nodes.label.key}=${nodes.label.value}`,
      allowed: `a label key other than ${spec.nodes.label.key}, which the nodes of contract ${spec.name} have in common`,
      fix: "divide the nodes by a second label: nodes: AgentNodes.labeled('example.com/size', 'big')",
    });
  }
  reserveNodes(construct, spec, nodes);
  return nodes;
}

function resized(
  spec: ContractSpec,
  sizes: { readonly [memory: string]: Size },
  where: string,
): ContractSpec {
  const checks = new InputChecks(where);
  const unknown = Object.keys(sizes).filter(name => !spec.memory.some(m => m.name === name));
  checks.need(
    unknown.length === 0,
    'SHM007',
    'sizes',
    unknown,
    `names of memories: ${spec.memory.map(m => m.name).join(', ')}`,
    `name a memory of contract ${spec.name}`,
  );
  const memory = spec.memory.map(m => {
    const size =
      sizes[m.name] && checks.try(() => bytesOf(sizes[m.name], where, `sizes.${m.name}`));
    return size === undefined ? m : { ...m, size };
  });
  const own = { ...spec, memory };
  checks.try(() => validSpec(own, spec.apiVersion === API_VERSION));
  return checks.end({ own }).own;
}

function sweepOf(leftovers: Leftovers | undefined, where: string): readonly string[] | undefined {
  if (leftovers === undefined) {
    return undefined;
  }
  if (typeof leftovers === 'object' && '_sweepAllBut' in leftovers) {
    return leftovers._sweepAllBut;
  }
  throw new InputError(where, {
    code: 'SHM007',
    field: 'leftovers',
    given: show(leftovers),
    allowed: 'Leftovers.keep() or Leftovers.sweep()',
    fix: 'write one of them, or leave it out',
  });
}
