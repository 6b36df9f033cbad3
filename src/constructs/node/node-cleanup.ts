import { Construct } from 'constructs';
import { checkNodeTask, makeNodeTask } from './node-task-daemon-set';
import { InputChecks } from '../../errors';
import type { ContractSpec } from '../../model/contract/contract-spec';
import { backingOf, guardedMemories } from '../../model/contract/node-layout';
import { cleanup, type Objects } from '../../model/node/cleanup';
import { meantOptions, type OptionNames } from '../../options';
import { specOf, type AgentContract } from '../contract/agent-contract';
import { type AgentNodes } from '../contract/agent-nodes';

/** Properties of `NodeCleanup`. */
export interface NodeCleanupProps {
  /** The contract whose memory is removed. */
  readonly contract: AgentContract;

  /**
   * An image with sh, awk, cat, find, grep, head, readlink, rm, sed, sort, stat, tr and xargs; also
   * with umount for `Backing.tmpfs()`, and ipcrm for System V memory. For example
   * registry.example.com/busybox:1.36.
   */
  readonly toolImage: string;

  /**
   * The name of the DaemonSet: a DNS label.
   *
   * @default - `<contract>-cleanup`
   */
  readonly name?: string;

  /**
   * The nodes that are cleaned.
   *
   * @default - those with the label `cdk8s-shared-memory/<name>: "yes"`, which an operator adds to
   * nodes and removes again; RUNBOOK.md has the commands
   */
  readonly nodes?: AgentNodes;

  /**
   * The keys of the System V segments that are removed, for a contract with
   * `SharedMemory.systemV()`. They are in no manifest.
   *
   * @default - that of `ReadyWhen.systemVKey()`; if the contract has none, they must be given
   */
  readonly systemVKeys?: number[];

  /**
   * The objects in the node's /dev/shm that are removed, for a contract with `Backing.devShm()`:
   * file names, as in `shm_open`; a semaphore of `sem_open` is `sem.<name>`.
   *
   * @default - that of `ReadyWhen.file()`; if the contract has none, they must be given
   */
  readonly devShmObjects?: string[];
}

const PROPS: OptionNames<NodeCleanupProps> = {
  contract: true,
  devShmObjects: true,
  name: true,
  nodes: true,
  systemVKeys: true,
  toolImage: true,
};

/**
 * Removes what the agents of a contract left on nodes, once they are gone: it unmounts the tmpfs,
 * empties the contract's directory, and removes segments and objects. Otherwise the memory stays on
 * a node until the node restarts.
 *
 * It refuses, and removes nothing, while a process of the node has the memory, whichever user the
 * process runs as: has a file mapped or open, a segment attached (`nattch`), its working directory
 * or its root directory in it, or has it mounted, as the containers of agents and clients have. A
 * process of the same user that has none of it does not matter. It trusts no label: it compares
 * devices, inodes and mounts in the kernel's own tables. If it cannot look at a process, it refuses
 * as well, and says so. It also refuses if the init steps of an agent's pod are done and the agent
 * has not started; with CRI-O, it may not see such a pod. It looks once, before it removes
 * anything: take the agents, or the label of their nodes, away first.
 *
 * Its messages are in the logs and the termination messages of its init containers; a refusal names
 * each process with its user and its pod. The pod is ready if the node is clean. The kubelet tries
 * again, so a node is cleaned automatically soon after the last user has left. The contract's
 * directory stays, but is empty. System V semaphores and message queues stay as well: the kernel
 * does not say who uses them. docs/operations.md lists what the check cannot see.
 *
 * YAML: a DaemonSet in the contract's namespace. It uses `hostPID`, to see all processes. The check
 * runs as root with SYS_PTRACE and DAC_READ_SEARCH and without an AppArmor profile, which is the
 * least with which the kernel shows what a process of another user has mapped and open; for a
 * contract with nothing but System V memory, it runs as nobody. A privileged init container
 * unmounts, if there is a tmpfs. Another one is root with no capability but DAC_OVERRIDE, and
 * reaches nothing but the contract's directory. For segments, there is `hostIPC` and the user who
 * owns them.
 *
 * Errors: SHM001 for the name, SHM004 for segments and objects of a contract without `ownerId`,
 * SHM007 for keys and names that are missing or belong to nothing, for a contract with a guard, and
 * for a chart of another namespace, SHM011 for a name that another one has, SHM015 for the image.
 *
 * @see https://man7.org/linux/man-pages/man5/proc_pid_mountinfo.5.html
 * @see https://man7.org/linux/man-pages/man5/proc_pid_maps.5.html
 *
 * @example
 * new NodeCleanup(chart, 'cleanup', {
 *   contract: routes,
 *   toolImage: 'registry.example.com/busybox:1.36',
 * });
 */
export class NodeCleanup extends Construct {
  /** The name of the DaemonSet. */
  public readonly name: string;

  /**
   * @param scope a chart
   * @param id id of the construct
   * @param props the contract, and the image of the steps
   */
  public constructor(scope: Construct, id: string, props: NodeCleanupProps) {
    super(scope, id);
    const checks = new InputChecks(this);
    const { contract, devShmObjects, name, nodes, systemVKeys, toolImage } = meantOptions(
      props,
      checks,
      PROPS,
    );
    const spec = checks.try(() => specOf(contract, this.node.path));
    this.name = name ?? (spec ? `${spec.name}-cleanup` : '');
    const objects = spec && checks.try(() => this.objects(spec, systemVKeys, devShmObjects));
    const label = checks.try(() =>
      checkNodeTask(this, {
        task: 'cleanup',
        contracts: spec ? [spec] : [],
        name: this.name,
        image: {
          given: toolImage,
          tools:
            'sh, awk, cat, find, grep, head, readlink, rm, sed, sort, stat, tr and xargs; also umount for a tmpfs, and ipcrm for System V memory',
        },
        nodes,
      }),
    );
    const right = checks.end({ label, objects, spec });
    makeNodeTask(
      this,
      `removes what agents of contract ${right.spec.name} left on nodes, once nobody there has it any more`,
      cleanup(this.name, right.spec, right.objects, right.label, toolImage),
    );
  }

  /** Returns what is removed outside of directories. */
  private objects(
    spec: ContractSpec,
    systemVKeys: number[] | undefined,
    devShmObjects: string[] | undefined,
  ): Objects {
    const checks = new InputChecks(this);
    const { add, fail } = checks;
    if (guardedMemories(spec).length > 0) {
      add({
        code: 'SHM007',
        field: 'contract',
        given: `contract ${spec.name}, for which a guard binds a directory of somebody else`,
        allowed: 'a contract without guardImage: what it binds is not to be emptied',
        fix: 'remove the NodeCleanup; REVIEW.md has the commands that unmount what the guard has bound',
      });
    }
    const has = (backing: string) => spec.memory.some(m => backingOf(spec, m) === backing);
    const { systemVKey, file, memory } = spec.readyWhen ?? {};
    const isInDevShm = spec.memory.some(
      m => backingOf(spec, m) === 'devShm' && (memory === undefined || m.name === memory),
    );
    const keys = systemVKeys ?? (systemVKey === undefined ? [] : [systemVKey]);
    const names = devShmObjects ?? (file === undefined || !isInDevShm ? [] : [file]);
    if (!has('hostIpc') && systemVKeys !== undefined) {
      fail(
        'SHM007',
        'systemVKeys',
        systemVKeys,
        `nothing: contract ${spec.name} has no System V memory`,
        'leave it out',
      );
    }
    if (!has('devShm') && devShmObjects !== undefined) {
      fail(
        'SHM007',
        'devShmObjects',
        devShmObjects,
        `nothing: contract ${spec.name} has no memory in the node's /dev/shm`,
        'leave it out',
      );
    }
    if (
      has('hostIpc') &&
      (!Array.isArray(keys) ||
        keys.length === 0 ||
        !keys.every(key => Number.isInteger(key) && key > 0 && key < 2 ** 32))
    ) {
      fail(
        'SHM007',
        'systemVKeys',
        systemVKeys,
        "the keys of the agent's segments, each from 1 to 2^32 - 1",
        'write the keys that it gives to shmget: systemVKeys: [0x5348]',
      );
    }
    if (
      has('devShm') &&
      (!Array.isArray(names) ||
        names.length === 0 ||
        !names.every(each => /^(?!\.{1,2}$)[A-Za-z0-9._-]+$/.test(each)))
    ) {
      fail(
        'SHM007',
        'devShmObjects',
        devShmObjects,
        'the names of the agent\'s objects, of letters, digits, ".", "_" and "-"',
        "write the names that it gives to shm_open: devShmObjects: ['routes.ring']",
      );
    }
    if ((has('hostIpc') || has('devShm')) && spec.ownerId === undefined) {
      fail(
        'SHM004',
        'contract.ownerId',
        undefined,
        'the user of the agent: only its owner removes a segment or an object',
        `write ownerId in contract ${spec.name}`,
      );
    }
    return checks.end({ keys, names });
  }
}
