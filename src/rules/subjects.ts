import { Subject } from './subject';
import { at } from '../kube/json';
import type { Manifest } from '../kube/manifest';
import type { ManifestSet } from '../kube/manifest-set';
import { readMarks, type ReadMark } from '../model/marks';

/** A pod with one of its marks. */
export interface Party { readonly subject: Subject; readonly mark: ReadMark }

/** All that rules look at: the objects, their pods, and what marks say. */
export class Subjects {
  public readonly pods: readonly Subject[];
  /** Those of them that share memory, or have some of their own. */
  public readonly sharing: readonly Subject[];
  /** Annotations that begin like a mark and are none. */
  public readonly unreadable: readonly { manifest: Manifest; annotation: string; why: string }[];
  private readonly byContract = new Map<string, Party[]>();
  private readonly agentsByContract = new Map<string, Party[]>();

  public constructor(public readonly set: ManifestSet) {
    const known = new Map();
    const read = new Map(set.manifests.map(manifest => [manifest, readMarks(at(manifest.json, 'metadata', 'annotations'), known)] as const));
    this.pods = set.pods.map(pod => new Subject(pod, read.get(pod.manifest)?.marks ?? []));
    this.sharing = this.pods.filter(({ usesMemory }) => usesMemory);
    this.unreadable = [...read].flatMap(([manifest, { unreadable }]) => unreadable.map(([annotation, why]) => ({ manifest, annotation, why })));
    for (const subject of this.pods) {
      for (const mark of subject.marks) {
        const party = { subject, mark };
        include(this.byContract, mark, party);
        if (mark.side === 'agent') { include(this.agentsByContract, mark, party); }
      }
    }
  }

  /** Those who have a part in a contract, by the contract. */
  public get contracts(): readonly (readonly Party[])[] { return [...this.byContract.values()]; }

  /** The agents of the contract that a mark is about. */
  public agentsOf({ namespace, contract }: ReadMark): readonly Party[] {
    return this.agentsByContract.get(`${namespace}/${contract}`) ?? [];
  }

  /** Namespaces that serve a contract of that name. */
  public servingNamespaces(contract: string): string[] {
    return [...this.agentsByContract.values()].filter(([{ mark }]) => mark.contract === contract).map(([{ mark }]) => mark.namespace);
  }
}

function include(parties: Map<string, Party[]>, { namespace, contract }: ReadMark, party: Party): void {
  const known = parties.get(`${namespace}/${contract}`);
  if (known) { known.push(party); } else { parties.set(`${namespace}/${contract}`, [party]); }
}
