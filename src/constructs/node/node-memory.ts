import { Size } from 'cdk8s';
import type * as kplus from 'cdk8s-plus-27';
import { Construct } from 'constructs';
import { InputChecks } from '../../errors';
import type { ContractSpec } from '../../model/contract/contract-spec';
import { meantOptions, type OptionNames } from '../../options';
import { NodeAgent } from '../agent/node-agent';
import { specOf, type AgentContract } from '../contract/agent-contract';

/** Properties of `NodeMemory`. */
export interface NodeMemoryProps {
  /**
   * The contract of the memory. Its clients write, and pay for what they touch: `clients:
   * Access.READ_WRITE` and `chargedTo: Payer.CLIENT`.
   */
  readonly contract: AgentContract;

  /**
   * The image of the init steps that make the memory, as for a `NodeAgent`. For example
   * registry.example.com/busybox:1.36.
   */
  readonly toolImage: string;

  /**
   * The image of the container that keeps the pod running, for example
   * registry.example.com/pause:3.10.
   *
   * @default - the image of the init steps, which sleeps
   */
  readonly pauseImage?: string;

  /**
   * The name of the DaemonSet.
   *
   * @default - the name of the contract
   */
  readonly name?: string;
}

const PROPS: OptionNames<NodeMemoryProps> = {
  contract: true,
  name: true,
  pauseImage: true,
  toolImage: true,
};

/**
 * Shared memory on each node without a server: for peers that all read and write, like nodes of
 * ROS 2 or of iceoryx2. A DaemonSet makes the memory on each node with the init steps of a
 * `NodeAgent`, and then does nothing.
 *
 * YAML: a DaemonSet like that of a `NodeAgent`, whose only container sleeps.
 *
 * Errors: SHM007 for a contract whose clients do not write or do not pay, and those of `NodeAgent`.
 *
 * @example
 * const peers = new AgentContract({
 *   name: 'peers',
 *   namespace: 'node-agents',
 *   version: 'v1',
 *   memory: [table],
 *   ownerId: 10001,
 *   groupId: 2000,
 *   clients: Access.READ_WRITE,
 *   chargedTo: Payer.CLIENT,
 * });
 * new NodeMemory(chart, 'memory', {
 *   contract: peers,
 *   toolImage: 'registry.example.com/busybox:1.36',
 * });
 */
export class NodeMemory extends Construct {
  /** The contract of the memory. */
  public readonly contract: AgentContract;

  private readonly agent: NodeAgent;

  /**
   * @param scope a chart
   * @param id id of the construct
   * @param props contract and images
   */
  public constructor(scope: Construct, id: string, props: NodeMemoryProps) {
    super(scope, id);
    const where = this.node.path;
    const checks = new InputChecks(this);
    const { contract, name, pauseImage, toolImage } = meantOptions(props, checks, PROPS);
    const spec = checks.try(() => specOf(contract, where));
    this.contract = contract;
    if (spec) {
      checkPeers(spec, checks);
    }
    const agent = checks.try(
      () =>
        new NodeAgent(this, 'Default', {
          contract,
          toolImage,
          name,
          containers: [
            {
              name: 'pause',
              image: pauseImage ?? toolImage,
              ...(pauseImage === undefined ? { command: ['sh', '-c', SLEEP] } : {}),
              resources: {
                memory: { request: Size.mebibytes(32), limit: Size.mebibytes(32) },
              },
            },
          ],
        }),
    );
    this.agent = checks.end({ agent }).agent;
  }

  /** The DaemonSet that makes the memory. */
  public get daemonSet(): kplus.DaemonSet {
    return this.agent.daemonSet;
  }
}

/** Checks that a contract needs no server. */
function checkPeers(spec: ContractSpec, { add }: InputChecks): void {
  const wrong = (given: string, allowed: string, fix: string) =>
    add({
      code: 'SHM007',
      field: 'contract',
      given: `contract ${spec.name}${given}`,
      allowed,
      fix,
    });
  if (spec.clients !== 'readWrite' || spec.chargedTo !== 'client') {
    wrong(
      `, ${spec.clients === 'readWrite' ? 'whose agent pays' : 'whose clients only read'}`,
      'a contract whose clients write and pay, because there is no server that does',
      'write clients: Access.READ_WRITE and chargedTo: Payer.CLIENT in the contract',
    );
  }
  for (const field of ['readyWhen', 'umask'] as const) {
    if (spec[field] !== undefined) {
      wrong(
        ` with ${field}`,
        field === 'readyWhen'
          ? 'a contract without it: nobody would make what clients wait for; the mount waits for the directory'
          : 'a contract without it: each peer sets its own',
        `leave ${field} out of the contract`,
      );
    }
  }
  const sticky = spec.memory.find(memory => memory.sticky === true);
  if (sticky !== undefined) {
    wrong(
      `, whose memory ${sticky.name} is sticky`,
      "a contract without it: peers make the objects, and could not open each other's with O_CREAT if fs.protected_regular is 2",
      'leave sticky out of the contract',
    );
  }
}

const SLEEP = "trap 'exit 0' TERM; while :; do sleep 3600 & wait $!; done";
