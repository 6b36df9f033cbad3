import { ApiObject, App, Chart } from 'cdk8s';
import type * as kplus from 'cdk8s-plus-27';
import { type IConstruct } from 'constructs';
import { agentContainers, checkContainers, servingContainer } from './agent-containers';
import { InputChecks } from '../../errors';
import { at, objectsOf, type JsonObject } from '../../kube/json';
import { sidecarEdit, type RenderedAgent } from '../../model/agent/sidecar-edit';
import type { Using } from '../../model/client/client-edit';
import type { ContractSpec } from '../../model/contract/contract-spec';
import { ownerOf } from '../../model/contract/node-layout';
import { meantOptions, type OptionNames } from '../../options';
import {
  ATTACH_TO,
  ATTACH_TO_ALL,
  useOf,
  type AttachOptions,
  type AttachToAllOptions,
  writtenOptions,
} from '../client/attach-options';
import { Access } from '../contract/access';
import { specOf, type AgentContract } from '../contract/agent-contract';
import { attachToEach, attachToOne, type Attachable } from '../support/attaching';
import { cdk8sPlus } from '../support/cdk8s-plus';
import { allowedAccess, flag } from '../support/input-values';

/** Properties of `SidecarAgent`. */
export interface SidecarAgentProps {
  /**
   * The contract that the agent serves. Its nodes, its version and what clients wait for have no
   * effect within a pod.
   */
  readonly contract: AgentContract;

  /**
   * The containers of the agent, as for a pod of its own. Each must have a memory limit; the one
   * that serves the memory pays for all of it and must have a startup probe, which holds the app's
   * containers back until the memory is there.
   */
  readonly containers: kplus.ContainerProps[];

  /**
   * The container that serves the memory, by name.
   *
   * @default - the only container; if there are several, it must be named
   */
  readonly container?: string;
}

const PROPS: OptionNames<SidecarAgentProps> = {
  container: true,
  containers: true,
  contract: true,
};

/**
 * The agent of a contract inside each pod of a workload, with no host access: a native sidecar (an
 * init container with `restartPolicy: Always`, Kubernetes 1.29 or newer) and a memory-medium
 * emptyDir of exactly the contract's size. System V memory needs nothing more: the containers of a
 * pod share their IPC namespace. The pod passes Pod Security "restricted".
 *
 * The pod gets `fsGroup: groupId`: the kubelet gives all its volumes that have owners to that
 * group, including claims, and every container is in the group.
 *
 * @see https://kubernetes.io/docs/concepts/workloads/pods/sidecar-containers/
 *
 * @example
 * const memory: kplus.MemoryResources = {
 *   request: Size.mebibytes(384),
 *   limit: Size.mebibytes(384),
 * };
 * const sidecar = new SidecarAgent({
 *   contract: routes,
 *   containers: [
 *     {
 *       name: 'agent',
 *       image: 'registry.example.com/routes-agent:1.8.2',
 *       resources: { memory },
 *       startup: kplus.Probe.fromCommand(['test', '-e', '/run/routes/table.bin']),
 *     },
 *   ],
 * });
 * sidecar.attachTo(api);
 */
export class SidecarAgent {
  private readonly spec: ContractSpec;
  private readonly agent: RenderedAgent;

  /** @param props contract and containers */
  public constructor(props: SidecarAgentProps) {
    const name = props?.contract?.name;
    const where = name === undefined ? 'SidecarAgent' : `SidecarAgent of contract ${name}`;
    const checks = new InputChecks(where);
    const { container, containers = [], contract } = meantOptions(props, checks, PROPS);
    const spec = checks.try(() => specOf(contract, where));
    const names = checks.try(() => agentContainers(containers, [], where));
    if (names) {
      checkContainers(names, containers, [], checks);
    }
    const serving = names && checks.try(() => servingContainer(names.ordinary, container, where));
    if (spec) {
      checkMemories(spec, checks);
    }
    const rendered = names && checks.try(() => render(containers));
    if (rendered && serving !== undefined) {
      checkStartup(rendered, serving, checks);
    }
    const right = checks.end({ rendered, serving, spec });
    this.spec = right.spec;
    this.agent = { ...right.rendered, serving: right.serving };
  }

  /**
   * Puts the agent into the pods of a workload and gives the memory to its containers. Without
   * `access`, they may do what the contract lets clients do: a program's own `shm_open(O_CREAT)`
   * works if that is `Access.READ_WRITE`.
   *
   * @param target the workload, or a construct that holds exactly one
   * @param options containers, access, and which workload if there are several
   */
  public attachTo(target: IConstruct, options: AttachOptions = {}): void {
    attachToOne(this.attachable(target), options, ATTACH_TO);
  }

  /**
   * Puts the agent into the pods of every workload at or below a construct.
   *
   * @param scope for example a chart
   * @param options containers and access, the same for all of them
   */
  public attachToAll(scope: IConstruct, options: AttachToAllOptions = {}): void {
    attachToEach(this.attachable(scope), options, ATTACH_TO_ALL);
  }

  private attachable(target: IConstruct): Attachable<AttachOptions, Using> {
    return {
      owner: ownerOf(this.spec),
      target,
      using: (options, checks) => usingOf(this.spec, options, checks),
      written: writtenOptions,
      edit: ({ template }, using) => sidecarEdit(this.spec, template, this.agent, using),
    };
  }
}

/** Checks the memories of a contract whose agent is in the pod. */
function checkMemories(spec: ContractSpec, { add, fail }: InputChecks): void {
  for (const { api, mountPath, name, size, sticky } of spec.memory) {
    if (sticky === true) {
      add({
        code: 'SHM007',
        field: 'contract',
        given: `contract ${spec.name}, whose memory ${name} is sticky`,
        allowed:
          'a contract without it: in a pod, the kubelet makes the directory, without the sticky bit',
        fix: 'leave sticky out of the contract, or serve it with a NodeAgent',
      });
    }
    if (size === undefined && mountPath !== undefined && api !== 'descriptors') {
      fail(
        'SHM003',
        `size of memory ${name}`,
        undefined,
        'a size: it becomes the sizeLimit of the emptyDir, and the kernel caps it there',
        `write size: Size.mebibytes(256) in contract ${spec.name}`,
      );
    }
  }
}

/** Checks that Kubernetes can tell when the memory is there. */
function checkStartup(
  { containers }: Omit<RenderedAgent, 'serving'>,
  serving: string,
  { add }: InputChecks,
): void {
  if (!containers.find(c => c.name === serving)?.startupProbe) {
    add({
      code: 'SHM020',
      field: `startup of container ${serving}`,
      given: 'no startup probe',
      allowed: 'a startup probe that passes when the memory is there',
      fix: "write startup: kplus.Probe.fromCommand(['test', '-e', '/run/routes/table.bin']) with what your agent makes last",
    });
  }
}

/** Returns what the clients of a sidecar ask for. Absent if that is not clear. */
function usingOf(
  spec: ContractSpec,
  options: AttachOptions,
  checks: InputChecks,
): Using | undefined {
  const { where } = checks;
  const most = spec.clients as Access;
  const access = checks.try(() => allowedAccess(spec, options.access ?? most, where)) ?? most;
  const use = useOf(options, checks);
  const asIs = checks.try(() => flag(options.asIs, 'asIs', where));
  if (asIs === true) {
    checks.add({
      code: 'SHM007',
      field: 'asIs',
      given: 'true, for a SidecarAgent',
      allowed: 'false: the agent itself must come into the pods',
      fix: 'leave it out',
    });
  }
  return use && { ...use, access };
}

/**
 * Containers and volumes as Kubernetes reads them. A throw-away pod renders them as ordinary
 * containers: cdk8s-plus-27 refuses startup probes on init containers and knows no native sidecars.
 */
function render(containers: kplus.ContainerProps[]): Omit<RenderedAgent, 'serving'> {
  const { Pod } = cdk8sPlus('SidecarAgent');
  const pod = new Pod(new Chart(new App(), 'sidecar'), 'agent', { containers });
  const spec = at(ApiObject.of(pod).toJson(), 'spec');
  const named = (list: string) => objectsOf(at(spec, list)) as (JsonObject & { name: string })[];
  return { containers: named('containers'), volumes: named('volumes') };
}
