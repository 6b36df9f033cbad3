import { Construct } from 'constructs';
import { checkNodeTask, makeNodeTask } from './node-task-daemon-set';
import { InputChecks, InputError } from '../../errors';
import type { ContractSpec } from '../../model/contract/contract-spec';
import { guardedMemories } from '../../model/contract/node-layout';
import { guard, GUARD_PRIORITY_CLASS } from '../../model/node/guard';
import { meantOptions, type OptionNames } from '../../options';
import { specOf, type AgentContract } from '../contract/agent-contract';
import { recordGuard, recordPriorityClass, requireSameContract } from '../support/app-registry';

/** Properties of `NodeGuard`. */
export interface NodeGuardProps {
  /** The contract. It has a memory whose backing is `Backing.existing()` with a `guardImage`. */
  readonly contract: AgentContract;

  /**
   * The name of the DaemonSet.
   *
   * @default - the name of the contract, and "-guard"
   */
  readonly name?: string;
}

const PROPS: OptionNames<NodeGuardProps> = { contract: true, name: true };

/**
 * Checks, on each node of a contract, the directories that somebody else makes
 * (`Backing.existing()` with a `guardImage`), and binds them where the clients mount them.
 *
 * It refuses a directory if it, or one of its parents, is a symbolic link, or if others than root
 * can write one of its parents: they could put another directory in its place, which the kubelet
 * would then mount into client pods. The bind is read-only, unless the clients of the contract
 * write. Clients wait until it is there. If the owner makes the directory anew, the guard binds the
 * new one: clients that start after that get it, and those that run keep the old one.
 *
 * What it refuses, and what it waits for, is in its log and in the events of its pod, which is not
 * ready then. What is refused keeps no other directory from being bound. If the clients write, it
 * also refuses a node on which SELinux is enforcing. It does not see whether the first directory of
 * a path is a link, because the kubelet resolves that link.
 *
 * YAML: a DaemonSet in the contract's namespace, on the contract's nodes, whatever their taints.
 * Its container is privileged, because no other container may mount what the node and its clients
 * see. It mounts the contract's directory below /run/cdk8s-shared-memory, and the first directory
 * of each path: /run for /run/vineyard.
 *
 * Errors: SHM001 for the name, SHM007 for a contract without such a memory and for a chart of
 * another namespace, SHM011 for a name that another one has.
 *
 * @see https://man7.org/linux/man-pages/man7/mount_namespaces.7.html
 *
 * @example
 * const vineyard = new AgentContract({
 *   name: 'vineyard',
 *   namespace: 'vineyard-system',
 *   version: 'v1',
 *   memory: [
 *     SharedMemory.files({
 *       name: 'objects',
 *       mountPath: '/run/vineyard',
 *       backing: Backing.existing('/run/vineyard', {
 *         contains: NodeContent.FILES,
 *         guardImage: 'registry.example.com/busybox:1.36',
 *       }),
 *     }),
 *   ],
 *   servedBy: 'vineyard-operator',
 * });
 * new NodeGuard(chart, 'guard', { contract: vineyard });
 */
export class NodeGuard extends Construct {
  /** The contract. */
  public readonly contract: AgentContract;

  /** The name of the DaemonSet. */
  public readonly name: string;

  /**
   * @param scope a chart
   * @param id id of the construct
   * @param props the contract
   */
  public constructor(scope: Construct, id: string, props: NodeGuardProps) {
    super(scope, id);
    const checks = new InputChecks(this);
    const { contract, name } = meantOptions(props, checks, PROPS);
    const spec = checks.try(() => specOf(contract, this.node.path));
    this.contract = contract;
    this.name = name ?? (spec ? `${spec.name}-guard` : '');
    const image = spec && checks.try(() => this.imageOf(spec));
    if (spec) {
      checks.try(() => requireSameContract(this, spec));
      recordGuard(this, spec);
    }
    const contracts = spec ? [spec] : [];
    checks.try(() => checkNodeTask(this, { task: 'guard', contracts, name: this.name }));
    const right = checks.end({ image, spec });
    recordPriorityClass(this, right.spec.namespace, GUARD_PRIORITY_CLASS);
    makeNodeTask(
      this,
      `checks the directories that somebody else makes for contract ${right.spec.name}, and binds them for the clients`,
      guard(this.name, right.spec, right.image),
    );
  }

  /** Returns the one image of the guard that the contract names. */
  private imageOf(spec: ContractSpec): string {
    const images = [...new Set(guardedMemories(spec).map(m => String(m.existing?.guardImage)))];
    if (images.length === 1) {
      return images[0];
    }
    throw new InputError(this.node.path, {
      code: 'SHM007',
      field: 'contract',
      given:
        images.length === 0
          ? `contract ${spec.name}, which has no directory to guard`
          : `contract ${spec.name}, whose memories have the guardImages ${images.join(' and ')}`,
      allowed: 'a contract with Backing.existing(path, { contains, guardImage }), and one image',
      fix:
        images.length === 0
          ? 'write guardImage in the contract, or remove the NodeGuard'
          : 'write one guardImage',
    });
  }
}
