import { ApiObject, App, Chart } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { type IConstruct } from 'constructs';
import { checkContainers, servingContainer } from './agent-containers';
import { InputError, show } from '../../errors';
import { at, objectsOf, type JsonObject } from '../../kube/json';
import { sidecarEdit, type RenderedAgent } from '../../model/agent/sidecar-edit';
import type { ContractSpec } from '../../model/contract/contract-spec';
import { ownerOf } from '../../model/contract/node-layout';
import { optionsOf, type OptionNames } from '../../options';
import { addEdit } from '../../wire/hook';
import {
  ATTACH_TO,
  ATTACH_TO_ALL,
  type AttachOptions,
  type AttachToAllOptions,
} from '../client/attach-options';
import { Access } from '../contract/access';
import { addsToLimits } from '../contract/accounting';
import { specOf, type AgentContract } from '../contract/agent-contract';
import { attaching } from '../support/attaching';
import { allowedAccess, containerNames, flag, volumeNames } from '../support/input-values';
import { allTargets, oneTarget, type Target } from '../support/targets';

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
    const where = `SidecarAgent of contract ${optionsOf(props, 'SidecarAgent', PROPS).contract?.name}`;
    this.spec = specOf(props.contract, where);
    const serving = servingContainer(
      checkContainers(props.containers ?? [], [], where).ordinary,
      props.container,
      where,
    );
    const sticky = this.spec.memory.find(memory => memory.sticky === true);
    if (sticky !== undefined) {
      throw new InputError(where, {
        code: 'SHM007',
        field: 'contract',
        given: `contract ${this.spec.name}, whose memory ${sticky.name} is sticky`,
        allowed:
          'a contract without it: in a pod, the kubelet makes the directory, without the sticky bit',
        fix: 'leave sticky out of the contract, or serve it with a NodeAgent',
      });
    }
    const unsized = this.spec.memory.find(m => m.size === undefined && m.mountPath !== undefined);
    if (unsized !== undefined && unsized.api !== 'descriptors') {
      throw new InputError(where, {
        code: 'SHM003',
        field: `size of memory ${unsized.name}`,
        given: show(undefined),
        allowed: 'a size: it becomes the sizeLimit of the emptyDir, and the kernel caps it there',
        fix: `write size: Size.mebibytes(256) in contract ${this.spec.name}`,
      });
    }
    this.agent = { ...render(props.containers), serving };
    if (!this.agent.containers.find(c => c.name === serving)?.startupProbe) {
      throw new InputError(where, {
        code: 'SHM020',
        field: `startup of container ${serving}`,
        given: 'no startup probe',
        allowed: 'a startup probe that passes when the memory is there',
        fix: "write startup: kplus.Probe.fromCommand(['test', '-e', '/run/routes/table.bin']) with what your agent makes last",
      });
    }
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
    attaching(ownerOf(this.spec), target, () => {
      const found = oneTarget(target, optionsOf(options, 'SidecarAgent.attachTo', ATTACH_TO));
      if (flag(options.asIs, 'asIs', found.object)) {
        throw new InputError(found.object, {
          code: 'SHM007',
          field: 'asIs',
          given: 'true, for a SidecarAgent',
          allowed: 'false: the agent itself must come into the pods',
          fix: 'leave it out',
        });
      }
      this.attach(found, options);
    });
  }

  /**
   * Puts the agent into the pods of every workload at or below a construct.
   *
   * @param scope for example a chart
   * @param options containers and access, the same for all of them
   */
  public attachToAll(scope: IConstruct, options: AttachToAllOptions = {}): void {
    attaching(ownerOf(this.spec), scope, () => {
      optionsOf(options, 'SidecarAgent.attachToAll', ATTACH_TO_ALL);
      allTargets(scope).forEach(target => this.attach(target, options));
    });
  }

  private attach({ object, template }: Target, options: AttachToAllOptions): void {
    const where = object.node.path;
    const access = allowedAccess(this.spec, options.access ?? (this.spec.clients as Access), where);
    addEdit(
      object,
      sidecarEdit(this.spec, template, this.agent, {
        access,
        containers: containerNames(options.containers, where),
        addToLimits: addsToLimits(options.accounting, where),
        replaces: volumeNames(options.replaces, where),
      }),
    );
  }
}

/**
 * Containers and volumes as Kubernetes reads them. A throw-away pod renders them as ordinary
 * containers: cdk8s-plus-27 refuses startup probes on init containers and knows no native sidecars.
 */
function render(containers: kplus.ContainerProps[]): Omit<RenderedAgent, 'serving'> {
  const pod = new kplus.Pod(new Chart(new App(), 'sidecar'), 'agent', { containers });
  const spec = at(ApiObject.of(pod).toJson(), 'spec');
  const named = (list: string) => objectsOf(at(spec, list)) as (JsonObject & { name: string })[];
  return { containers: named('containers'), volumes: named('volumes') };
}
