import type { PodOutcome } from './replacement-words';
import type { MemoryResourceChange } from '../../change/memory-change';
import type { ObjectChanges } from '../../change/object-change';
import type {
  ContainerChange,
  ContractChange,
  ContractUseChange,
  ImageChange,
  ObjectRef,
  UnservedContract,
} from '../../change/set-changes';
import type { MarkedBacking, PayerKind } from '../../model/contract/contract-spec';
import type { Reach, SaidByMarks } from '../../sharing/memory-reach';

/**
 * Version of the JSON form of a diff. docs/diff.md describes it, docs/diff.schema.json is its
 * schema.
 */
export const DIFF_API_VERSION = 'cdk8s-shared-memory/diff/v1';

/**
 * Describes in words what a change does. It is plain data in a stable order. Each field is always
 * present, and is `null` if there is nothing to say.
 */
export interface DiffDocument {
  readonly apiVersion: typeof DIFF_API_VERSION;
  /** The most important changes, in one line. */
  readonly verdict: string;
  readonly acknowledgements: readonly WordedAcknowledgement[];
  readonly privileges: {
    readonly gained: readonly WordedPrivilege[];
    readonly lost: readonly WordedPrivilege[];
  };
  readonly containers: readonly WordedContainerChange[];
  readonly refused: readonly WordedRefusal[];
  readonly labels: readonly WordedLabelChange[];
  readonly pods: readonly WordedPodChange[];
  readonly contracts: readonly ContractChange[];
  /** Workloads of both sides that are clients of a contract on only one. */
  readonly uses: readonly ContractUseChange[];
  /** Contracts that clients still use, although nothing serves or grants them any more. */
  readonly unserved: readonly UnservedContract[];
  readonly memory: WordedMemory;
  readonly objects: ObjectChanges;
}

/** An acknowledgement that differs in the same way on each of some objects. */
export interface WordedAcknowledgement {
  /** `prolonged` and `shortened`: it has another last day, and perhaps another reason, too. */
  readonly change: 'added' | 'removed' | 'prolonged' | 'shortened' | 'reworded';
  readonly rule: string;
  /** The contract that acknowledges, according to the annotation. */
  readonly contract: string | null;
  readonly reason: string;
  /** The last day on which it holds, in UTC. */
  readonly until: string | null;
  /** What it was, if it is on both sides. */
  readonly was: { readonly reason: string; readonly until: string | null } | null;
  readonly on: readonly ObjectRef[];
}

/**
 * A privilege that only one side has, or a guardrail. If what limits pods is weaker, they gain a
 * privilege; if it is stronger, they lose one.
 */
export interface WordedPrivilege {
  readonly of: ObjectRef;
  readonly container: string | null;
  /** `hostIPC`, `hostPath /dev/shm`, `Pod Security enforces privileged` ... */
  readonly what: string;
  /** What remains of it on the other side: `read-only` if it is now writable. */
  readonly instead: string | null;
  /** The reason, if the YAML contains one: a contract, or an acknowledgement. */
  readonly reason: string | null;
  /**
   * Whether both sides have it, and a contract gave a reason for it before, and gives none now.
   * Such a privilege is a gain.
   */
  readonly lostReason: boolean;
  /**
   * The images, if the container has host privileges, and its image comes from another repository.
   * `from` is `null` if the container is new.
   */
  readonly image: { readonly from: string | null; readonly to: string } | null;
  /** What limits pods, if that has changed and not what they have. */
  readonly guardrail: WordedGuardrail | null;
  /** The fields of a policy about which only a person can say whether it refuses less. */
  readonly fields: readonly {
    readonly field: string;
    readonly from: string | null;
    readonly to: string | null;
  }[];
}

/** A policy of the API server, or the hardening of a container. */
export interface WordedGuardrail {
  readonly kind: 'policy' | 'hardening';
  /** The name of the policy. */
  readonly policy: string | null;
  /** `false` if only a person can say whether the policy refuses less. */
  readonly certain: boolean;
}

/** A container that only one side has, or that reaches memory although no mark says so. */
export interface WordedContainerChange {
  readonly of: ObjectRef;
  /** As in `pods`: `initContainers[wait]`. */
  readonly container: string;
  readonly change: ContainerChange['change'];
  readonly image: string | null;
  /** Whether it runs a step of this library, and nothing else. */
  readonly step: boolean;
  /** Which privileges it has that give it the node. */
  readonly nodeAccess: ContainerChange['nodeAccess'];
  /**
   * What a new container lacks of hardening, if it is in a pod that takes part in a contract, or
   * has a host privilege.
   */
  readonly lacks: string | null;
  readonly memory: readonly {
    /** `routes/table`, or a path in the directories of contracts that no mark names. */
    readonly memory: string;
    readonly reach: Reach;
    /** What the marks say of it. */
    readonly marks: SaidByMarks;
    /** The same in words. */
    readonly what: string;
  }[];
}

/** A change that the API server refuses, together with all other changes of the object. */
export interface WordedRefusal {
  readonly of: ObjectRef;
  readonly field: string;
  readonly from: string;
  readonly to: string;
  /** `may`: it depends on something that the files do not contain; `why` says on what. */
  readonly certainty: 'refused' | 'may';
  readonly why: string;
  readonly fix: string;
}

/** A label that asks for a contract, and gets something else than before. */
export interface WordedLabelChange {
  readonly of: ObjectRef;
  readonly contract: string;
  /** The value of the label: `readOnly.v1`. `null` if the object has no such label on this side. */
  readonly from: string | null;
  readonly to: string | null;
  /** `notWired`: no policy of the manifests wires the contract. */
  readonly outcome: 'joins' | 'leaves' | 'refused' | 'notWired';
  readonly why: string | null;
}

/** What happens to the running pods of a workload that is changed. */
export interface WordedPodChange {
  readonly of: ObjectRef;
  readonly outcome: PodOutcome;
  /** How: `rolling update: maxUnavailable 1, maxSurge 0`. */
  readonly how: string;
  readonly fields: readonly string[];
  readonly images: readonly ImageChange[];
  /** `null` if the number of pods does not change. */
  readonly replicas: { readonly from: number | null; readonly to: number | null } | null;
  readonly metadataOnly: boolean;
}

/** The changes of memory. An amount is a quantity, or says that there is none. */
export interface WordedMemory {
  /** Bytes that contracts share on nodes, or in each pod that runs the agent as a sidecar. */
  readonly shared: readonly {
    /** `all nodes`, `nodes pool=a`, `each pod of Deployment shop/web`. */
    readonly nodes: string;
    readonly contract: string;
    readonly from: string;
    readonly to: string;
    readonly payerBefore: PayerKind | 'its pod' | null;
    readonly payerAfter: PayerKind | 'its pod' | null;
  }[];
  /**
   * Limits and requests of memory and huge pages. `container` is `null` for those of the whole pod.
   */
  readonly resources: readonly {
    readonly of: ObjectRef;
    readonly container: string | null;
    readonly resource: MemoryResourceChange['resource'];
    readonly what: MemoryResourceChange['what'];
    readonly from: string;
    readonly to: string;
  }[];
  /** Sizes of memory-medium emptyDirs. */
  readonly volumes: readonly {
    readonly of: ObjectRef;
    readonly volume: string;
    readonly from: string;
    readonly to: string;
  }[];
  /** What stays on nodes of a contract, a version or a memory that is gone. */
  readonly left: readonly {
    readonly nodes: string;
    readonly contract: string;
    readonly version: string;
    readonly memories: readonly {
      readonly memory: string;
      readonly backing: MarkedBacking;
      readonly size: string;
    }[];
    /** What to remove there. Empty if it is in no directory of its own. */
    readonly directories: readonly string[];
  }[];
}
