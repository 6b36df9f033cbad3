import { type Size } from 'cdk8s';
import type { IConstruct } from 'constructs';
import { type Leftovers } from './leftovers';
import { recordServing } from './serving-workloads';
import { InputError, show } from '../../errors';
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
   * stay on the nodes of the contract.
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
  /**
   * The construct of the agent. Its workloads divide the nodes between them.
   *
   * @default - the workload itself
   */
  readonly construct?: IConstruct;
}

/** Kinds whose pods can share a node, unless the manifest says otherwise. */
const ON_ONE_NODE = ['Deployment', 'StatefulSet'];

/** Makes a workload serve a contract, for a NodeAgent and for any other agent. */
export function serve(
  spec: ContractSpec,
  { object, template }: Target,
  options: ServingOptions,
  server: Server,
): void {
  const where = object.node.path;
  requireSameContract(object, spec);
  check(spec, { object, template }, options, where);
  const nodes =
    options.nodes &&
    partOf(options.nodes, '_spec', 'nodes', 'AgentNodes.labeled() or .dedicated()', where);
  if (nodes) {
    checkPart(spec, nodes, where);
  }
  reserveNodes(server.construct ?? object, spec, nodes);
  const own = resized(spec, options.sizes ?? {}, where);
  const marker = nodes
    ? `${spec.namespace}/${spec.name} by ${nodes.label.key}`
    : `${spec.namespace}/${server.name}`;
  addEdit(
    object,
    agentEdit(own, template, {
      agent: marker,
      containers: server.containers,
      toolImage: options.toolImage,
      nodes,
      addToLimits: addsToLimits(options.accounting, where),
      sweepAllBut: options.leftovers && sweepOf(options.leftovers, where),
      keepsRoot: server.keepsRoot,
      replaces: server.replaces ?? [],
      asIs: server.asIs === true,
      isOnOneNode: ON_ONE_NODE.includes(object.kind),
    }),
  );
  recordServing(object, { contract: writeContract(own), agent: server.name, marker, template });
}

function check(
  spec: ContractSpec,
  { object }: Target,
  options: ServingOptions,
  where: string,
): void {
  const isBuiltIn = builtInTemplate(object.apiVersion, object.kind) !== undefined;
  if (isBuiltIn && !['DaemonSet', ...ON_ONE_NODE].includes(object.kind)) {
    throw new InputError(where, {
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
    (options.nodes?._spec ?? AgentNodes.all()._spec).label.key === NODE_OS &&
    spec.nodes.label.key === NODE_OS
  ) {
    throw new InputError(where, {
      code: 'SHM007',
      field: 'nodes',
      given: `all nodes, for an agent that is a ${object.kind}`,
      allowed:
        'a label of the nodes that its pods run on: clients on other nodes would wait forever',
      fix: "write nodes: AgentNodes.labeled('example.com/cache', 'yes') in the contract, and label these nodes",
    });
  }
  const namespace = object.metadata.namespace;
  if (namespace !== undefined && namespace !== spec.namespace) {
    throw new InputError(where, {
      code: 'SHM007',
      field: 'metadata.namespace',
      given: show(namespace),
      allowed: `${show(spec.namespace)}, the namespace of contract ${spec.name}`,
      fix: "change one of them: the namespace of the contract is the agent's",
    });
  }
  if (spec.servedBy !== undefined) {
    throw new InputError(where, {
      code: 'SHM007',
      field: 'contract',
      given: `contract ${spec.name}, which is served by ${spec.servedBy}`,
      allowed: 'a contract without servedBy',
      fix: 'leave servedBy out of the contract, or leave the agent out',
    });
  }
  if (memoriesWithDirectory(spec).length > 0 && !isImage(options.toolImage)) {
    const mounts = spec.memory.some(m => ['tmpfs', 'hugetlbfs'].includes(backingOf(spec, m)));
    throw new InputError(where, {
      code: 'SHM015',
      field: 'toolImage',
      given: show(options.toolImage),
      allowed: `an image with sh, stat, cat, mktemp, ln, rm, mkdir, rmdir, mv, chown, chmod, du${mounts ? ', grep, mount, awk and df' : ' and grep'}`,
      fix: "write the busybox of your registry: toolImage: 'registry.example.com/busybox:1.36'",
    });
  }
}

/**
 * Checks that agents divide the nodes by a label that the contract itself does not fix. Only then
 * can two agents be told apart, and a node move from one to the other.
 */
function checkPart(spec: ContractSpec, nodes: NodesSpec, where: string): void {
  if (nodes.label.key !== spec.nodes.label.key) {
    return;
  }
  throw new InputError(where, {
    code: 'SHM007',
    field: 'nodes',
    given: `${nodes.label.key}=${nodes.label.value}`,
    allowed: `a label key other than ${spec.nodes.label.key}, which the nodes of contract ${spec.name} have in common`,
    fix: "divide the nodes by a second label: nodes: AgentNodes.labeled('example.com/size', 'big')",
  });
}

function resized(
  spec: ContractSpec,
  sizes: { readonly [memory: string]: Size },
  where: string,
): ContractSpec {
  const unknown = Object.keys(sizes).filter(name => !spec.memory.some(m => m.name === name));
  if (unknown.length > 0) {
    throw new InputError(where, {
      code: 'SHM007',
      field: 'sizes',
      given: show(unknown),
      allowed: `names of memories: ${spec.memory.map(m => m.name).join(', ')}`,
      fix: `name a memory of contract ${spec.name}`,
    });
  }
  const memory = spec.memory.map(m =>
    sizes[m.name] ? { ...m, size: bytesOf(sizes[m.name], where) } : m,
  );
  return validSpec({ ...spec, memory }, spec.apiVersion === API_VERSION);
}

function sweepOf(leftovers: Leftovers, where: string): readonly string[] | undefined {
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
