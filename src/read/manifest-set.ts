import { Pod, type MemoryDefaults } from './pod';
import { podsIn } from './pod-parts';
import { at, objectsOf, textOf } from '../kube/json';
import type { Manifest } from '../kube/manifest';

/** All objects that are checked together. */
export class ManifestSet {
  public readonly pods: readonly Pod[];
  private readonly byKind = new Map<string, Manifest[]>();
  private byClaim?: Map<string, Manifest>;
  private namespaces?: Map<string, Manifest>;
  private claims?: Map<string, Manifest>;
  private readonly defaults = new Map<string | undefined, MemoryDefaults>();

  public constructor(public readonly manifests: readonly Manifest[]) {
    for (const manifest of manifests) {
      const alike = this.byKind.get(manifest.kind);
      if (alike) {
        alike.push(manifest);
      } else {
        this.byKind.set(manifest.kind, [manifest]);
      }
    }
    this.pods = manifests.flatMap(manifest =>
      podsIn(manifest.json).map(
        parts => new Pod(manifest, parts, this.defaultsOf(manifest.namespace)),
      ),
    );
  }

  public ofKind(kind: string): readonly Manifest[] {
    return this.byKind.get(kind) ?? [];
  }

  /** Returns the Namespace with a name. Absent if it is not in the set. */
  public namespaceNamed(name: string | undefined): Manifest | undefined {
    this.namespaces ??= new Map(this.ofKind('Namespace').map(each => [each.name, each]));
    return name === undefined ? undefined : this.namespaces.get(name);
  }

  /** Returns a PersistentVolumeClaim. Absent if it is not in the set. */
  public claimNamed(namespace: string | undefined, name: string): Manifest | undefined {
    this.claims ??= new Map(
      this.ofKind('PersistentVolumeClaim').map(each => [
        `${each.namespace ?? ''}/${each.name}`,
        each,
      ]),
    );
    return this.claims.get(`${namespace ?? ''}/${name}`);
  }

  /**
   * Returns the PersistentVolume that a claim is bound to. The claim must name the volume, or the
   * volume must name the claim in its `claimRef`. A volume with the name of another claim there is
   * not bound to this one.
   */
  public volumeBehind(namespace: string | undefined, claim: string): Manifest | undefined {
    if (!this.byClaim) {
      const volumes = this.ofKind('PersistentVolume');
      const byName = new Map(
        volumes
          .filter(({ json }) => at(json, 'spec', 'claimRef', 'name') === undefined)
          .map(volume => [volume.name, volume]),
      );
      const named = this.ofKind('PersistentVolumeClaim').map(
        each =>
          [
            `${each.namespace ?? ''}/${each.name}`,
            byName.get(textOf(at(each.json, 'spec', 'volumeName') ?? '')),
          ] as const,
      );
      const referring = volumes.map(
        volume =>
          [
            `${textOf(at(volume.json, 'spec', 'claimRef', 'namespace') ?? '')}/${textOf(at(volume.json, 'spec', 'claimRef', 'name') ?? '')}`,
            volume,
          ] as const,
      );
      this.byClaim = new Map(
        [...named, ...referring].flatMap(([key, volume]) => (volume ? [[key, volume]] : [])),
      );
    }
    return this.byClaim.get(`${namespace ?? ''}/${claim}`);
  }

  /**
   * Returns the memory defaults that the LimitRanges of a namespace give to its containers. As in
   * Kubernetes, `max` is the default limit if `default` is not set, and the default request is
   * `defaultRequest`, the default limit or `min`. If several items set a default, the last one is
   * used.
   */
  private defaultsOf(namespace: string | undefined): MemoryDefaults {
    const read = this.defaults.get(namespace);
    if (read) {
      return read;
    }
    const items = this.ofKind('LimitRange')
      .filter(range => range.namespace === namespace)
      .flatMap(({ name, json }) =>
        objectsOf(at(json, 'spec', 'limits')).map(item => ({ name, item })),
      );
    const defaults = items
      .filter(({ item }) => item.type === 'Container')
      .map(({ name, item }) => {
        const of = (field: string) => at(item, field, 'memory') ?? undefined;
        const limit = of('default') ?? of('max');
        return { name, limit, request: of('defaultRequest') ?? limit ?? of('min') };
      });
    const last = (field: 'limit' | 'request') =>
      defaults.filter(item => item[field] !== undefined).at(-1);
    const [limit, request] = [last('limit'), last('request')];
    const found = {
      limit: limit && textOf(limit.limit),
      request: request && textOf(request.request),
      ...(limit ? { limitRange: limit.name } : {}),
    };
    this.defaults.set(namespace, found);
    return found;
  }
}
