import type { admittedPods, JudgedUse } from './admitted-pods';
import type { GivenContract } from './given-contract';
import type { Injection } from './injections';
import { labelUses } from './label-uses';
import { isBelowDevShm, MarkedPod } from './marked-pod';
import { SharedDirectories } from './shared-directories';
import { groupBy } from '../kube/group';
import { at } from '../kube/json';
import type { Manifest } from '../kube/manifest';
import { DEV_SHM } from '../kube/well-known';
import { annotationProblem } from '../model/annotation-codec';
import { ANNOTATION_KINDS } from '../model/annotation-kinds';
import { readMarks, type ReadMark } from '../model/contract/contract-mark';
import type { ManifestSet } from '../read/manifest-set';

/* Only manifests with such labels need the code that applies edits. */
// eslint-disable-next-line @typescript-eslint/no-require-imports
const admission = () => require('./admitted-pods') as typeof import('./admitted-pods');
// eslint-disable-next-line @typescript-eslint/no-require-imports
const policies = () => require('./injections') as typeof import('./injections');
const NO_USES: ReturnType<typeof admittedPods> = { admitted: new Map(), judged: [] };

/** A pod together with one of its contract marks. */
export interface ContractParticipant {
  readonly markedPod: MarkedPod;
  readonly mark: ReadMark;
}

/** The input of the rules: all objects, their pods, and their contract marks. */
export class MarkedManifests {
  public readonly pods: readonly MarkedPod[];
  /** The pods that use shared memory, or a memory-medium volume of their own. */
  public readonly sharing: readonly MarkedPod[];
  /** The pods of node tasks. */
  public readonly tasks: readonly MarkedPod[];
  /** The labels of pods that ask for contracts, each with what the API server makes of it. */
  public readonly labelUses: readonly JudgedUse[];
  /** Annotations of this library that cannot be read, each with the reason. */
  public readonly unreadable: readonly { manifest: Manifest; annotation: string; why: string }[];
  private knownDirectories?: SharedDirectories;
  private knownInjections?: readonly Injection[];
  private knownAtDevShm?: readonly MarkedPod[];
  private readonly byContract: ReadonlyMap<string, ContractParticipant[]>;
  private readonly agentsByContract: ReadonlyMap<string, ContractParticipant[]>;

  /**
   * @param set all objects
   * @param given contracts whose policies are not among the objects, but in force, and with which
   * the marks are compared
   */
  public constructor(
    public readonly set: ManifestSet,
    public readonly given: readonly GivenContract[] = [],
  ) {
    const known = new Map();
    const read = new Map(
      set.manifests.map(manifest => [manifest, readMarks(annotationsOf(manifest), known)] as const),
    );
    const uses = labelUses(set.pods);
    const { admitted, judged } =
      uses.length === 0
        ? NO_USES
        : admission().admittedPods(
            this.injections,
            uses,
            given.map(({ spec }) => spec),
          );
    this.labelUses = judged;
    this.pods = set.pods.map(pod => {
      const json = admitted.get(pod);
      return json
        ? new MarkedPod(
            pod.admittedAs(json),
            readMarks(at(json, 'metadata', 'annotations'), known).marks,
            true,
          )
        : new MarkedPod(pod, read.get(pod.manifest)?.marks ?? []);
    });
    this.sharing = this.pods.filter(({ usesMemory }) => usesMemory);
    this.tasks = this.pods.filter(({ task }) => task !== undefined);
    this.unreadable = [...read].flatMap(([manifest, marks]) =>
      [...marks.unreadable, ...unreadableKinds(manifest)].map(([annotation, why]) => ({
        manifest,
        annotation,
        why,
      })),
    );
    if (set.ofKind('MutatingAdmissionPolicy').length > 0) {
      this.unreadable = [...this.unreadable, ...policies().unreadableInjections(set)];
    }
    const parties = this.pods.flatMap(markedPod =>
      markedPod.marks.map(mark => ({ markedPod, mark })),
    );
    const agents = parties.filter(({ mark }) => mark.side === 'agent');
    this.byContract = groupBy(parties, ({ mark }) => contractOf(mark));
    this.agentsByContract = groupBy(agents, ({ mark }) => contractOf(mark));
  }

  /** What the pods share of the directories of nodes. */
  public get directories(): SharedDirectories {
    return (this.knownDirectories ??= new SharedDirectories(this.set, this.pods));
  }

  /** The policies among the objects that wire pods by their labels. */
  public get injections(): readonly Injection[] {
    return (this.knownInjections ??=
      this.set.ofKind('MutatingAdmissionPolicy').length === 0
        ? []
        : policies().injectionsOf(this.set));
  }

  /** The pods that see the node's /dev/shm or a part of it: with hostIPC, or by hostPath. */
  public get podsAtDevShm(): readonly MarkedPod[] {
    return (this.knownAtDevShm ??= this.sharing.filter(
      each =>
        each.hostIpc ||
        each.sharedMounts.some(
          ({ hostPath }) => hostPath === DEV_SHM || isBelowDevShm(hostPath ?? ''),
        ),
    ));
  }

  /**
   * Checks whether a pod shares memory with other pods of its node: by a mark, with hostIPC, or
   * through a directory that another workload uses, too.
   */
  public sharesMemory(markedPod: MarkedPod): boolean {
    return (
      markedPod.sharesOnNode || markedPod.pod.mounts.some(mount => this.directories.isShared(mount))
    );
  }

  /** Returns the participants of each contract. */
  public get contracts(): readonly (readonly ContractParticipant[])[] {
    return [...this.byContract.values()];
  }

  /** Returns the agents of the contract that a mark belongs to. */
  public agentsOf(mark: ReadMark): readonly ContractParticipant[] {
    return this.agentsByContract.get(contractOf(mark)) ?? [];
  }

  /** Returns the participants of one contract. */
  public participantsOf(namespace: string, contract: string): readonly ContractParticipant[] {
    return this.byContract.get(contractOf({ namespace, contract })) ?? [];
  }

  /** Returns the namespaces that serve a contract with this name. */
  public servingNamespaces(contract: string): string[] {
    return [...this.agentsByContract.values()]
      .filter(([{ mark }]) => mark.contract === contract)
      .map(([{ mark }]) => mark.namespace);
  }
}

function annotationsOf({ json }: Manifest): unknown {
  return at(json, 'metadata', 'annotations');
}

/** Returns the annotations other than marks that cannot be read, each with the reason. */
function unreadableKinds(manifest: Manifest): [annotation: string, why: string][] {
  const annotations = annotationsOf(manifest);
  if (annotations === undefined) {
    return [];
  }
  return ANNOTATION_KINDS.flatMap(kind => {
    const problem = annotationProblem(annotations, kind);
    return problem === undefined ? [] : [[kind.key, problem]];
  });
}

/** Returns the identity of the contract that a mark belongs to. */
function contractOf({ namespace, contract }: Pick<ReadMark, 'namespace' | 'contract'>): string {
  return `${namespace}/${contract}`;
}
