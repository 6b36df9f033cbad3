import { parse, recorded, type Parsed } from './kubectl-arguments';
import {
  checkUnused,
  CLUSTER_SCOPED,
  isAgent,
  isGuard,
  nameOf,
  nodeFor,
  selects,
  WORKLOADS,
  type Node,
  type Stored,
} from './stand-in-objects';
import { at, textOf, type JsonObject } from '../../../src/kube/json';

/** What the page says before a command that waits for a workload without the contract. */
const RELEASES = /(Render the agents .* without|Take the memory out of)/;

/**
 * A cluster with some objects, and a kubectl that takes nothing that the real one refuses, or that
 * somebody does not mean who undoes a contract: what is not there, what is still in use, and what
 * selects nothing.
 */
export class StandInKubectl {
  private readonly stored: Stored[];
  private readonly nodes: Node[];
  private readonly released = new Set<Stored>();
  private readonly seen = new Set<string>();
  /** The objects that commands named to be deleted, without those that went with a namespace. */
  public readonly deleted: JsonObject[] = [];

  public constructor(objects: readonly JsonObject[]) {
    this.stored = objects.map(json => ({
      kind: textOf(json.kind),
      namespace: at(json, 'metadata', 'namespace') as string | undefined,
      name: textOf(at(json, 'metadata', 'name')),
      json,
    }));
    this.nodes = [
      { labels: new Map([['kubernetes.io/os', 'linux']]), taints: new Set() },
      ...this.stored.filter(({ kind }) => WORKLOADS.includes(kind)).map(nodeFor),
    ];
  }

  /** What nobody has deleted: `Kind namespace/name`. */
  public get left(): string[] {
    return this.stored.map(nameOf);
  }

  /** What nobody has deleted, and nobody has rendered without its contract. */
  public get untouched(): JsonObject[] {
    return this.stored.filter(each => !this.released.has(each)).map(({ json }) => json);
  }

  /** The labels and taints that nodes still have, apart from those of the kubelet. */
  public get leftOnNodes(): string[] {
    const all = this.nodes.flatMap(({ labels, taints }) => [...labels.keys(), ...taints]);
    return [...new Set(all)].filter(key => !/^([a-z]+\.)?kubernetes\.io\//.test(key)).sort();
  }

  /**
   * Runs a script with this kubectl, and with no other program than wc: neither rm nor umount.
   *
   * @param words what the page says before the script
   */
  public runScript({ words, script }: { readonly words: string; readonly script: string }): void {
    for (const argv of recorded(script)) {
      try {
        this.run(argv, words);
      } catch (error) {
        throw new Error(`kubectl ${argv.join(' ')}: ${(error as Error).message}`);
      }
    }
  }

  /** Runs one command. */
  public run(argv: readonly string[], words = ''): void {
    const parsed = parse(argv);
    switch (parsed.command) {
      case 'delete':
        return this.delete(parsed);
      case 'rollout status':
        return this.wait(parsed, words);
      case 'get':
        return this.get(parsed, words);
      case 'taint':
        return this.taint(parsed);
      case 'label':
        return this.label(parsed);
      case 'logs':
        return this.logs(parsed);
    }
  }

  private delete({ words, flags }: Parsed): void {
    const found = this.named(words, flags);
    for (const each of found) {
      if (isGuard(each) && flags.get('--cascade') !== 'foreground') {
        throw new Error('a guard goes on until its pods are gone');
      }
      if (each.kind === 'Namespace' && !this.seen.has(each.name)) {
        throw new Error('nobody has looked what else is in it');
      }
      checkUnused(each, {
        ...{ others: this.stored.filter(other => other !== each), nodes: this.nodes },
        released: this.released,
      });
      if (isAgent(each) && flags.get('--cascade') !== 'foreground') {
        throw new Error('its pods have the memory until they end');
      }
      this.deleted.push(each.json);
      const gone = (other: Stored) =>
        other === each || (each.kind === 'Namespace' && other.namespace === each.name);
      this.stored.splice(0, this.stored.length, ...this.stored.filter(other => !gone(other)));
    }
  }

  /** Waits for a workload that somebody has rendered without the contract. */
  private wait({ words, flags }: Parsed, page: string): void {
    for (const each of this.named(words, flags)) {
      if (!['Deployment', 'DaemonSet', 'StatefulSet'].includes(each.kind)) {
        throw new Error(`no rollout of a ${each.kind}`);
      }
      this.release(each, page);
    }
  }

  private release(object: Stored, page: string): void {
    if (!RELEASES.test(page)) {
      throw new Error('nobody was told to change it');
    }
    this.released.add(object);
  }

  private get({ words, flags }: Parsed, page: string): void {
    const [what] = words;
    if (what === 'pods' && flags.has('-A') && !flags.has('-l')) {
      return; // looks at all pods
    }
    if (what === 'pods' || what === 'nodes') {
      const selector = flags.get('-l') ?? '';
      const isThere =
        what === 'nodes'
          ? this.nodes.some(({ labels }) => selects(selector, labels))
          : this.stored.some(each =>
              JSON.stringify(each.json).includes(`"${selector.split('=')[0]}"`),
            );
      if (!isThere) {
        throw new Error(`nothing has ${selector}`);
      }
      return;
    }
    if (what.startsWith('all,')) {
      const namespace = flags.get('-n') ?? '';
      this.named([`namespace/${namespace}`], new Map());
      this.seen.add(namespace);
      return;
    }
    for (const each of this.named(words, flags)) {
      if (RELEASES.test(page)) {
        this.release(each, page); // what has no rollout
      }
    }
  }

  private taint({ words: [what, change], flags }: Parsed): void {
    const [, key, effect] = /^([^:]+?)(?::(\w+))?-$/.exec(change) ?? [];
    if (what !== 'nodes' || key === undefined) {
      throw new Error('only removes taints of nodes');
    }
    if (effect !== undefined && !['NoSchedule', 'NoExecute', 'PreferNoSchedule'].includes(effect)) {
      throw new Error(`no effect ${effect}`);
    }
    const nodes = this.selected(flags);
    if (!nodes.some(({ taints }) => taints.has(key))) {
      throw new Error('no such node has the taint');
    }
    checkValue(flags);
    nodes.forEach(({ taints }) => taints.delete(key));
  }

  private label({ words, flags }: Parsed): void {
    const [what, ...changes] = words;
    if (what === 'namespace') {
      const [name, label] = changes;
      const [namespace] = this.named([`namespace/${name}`], new Map());
      const [key, value] = label.split('=');
      if (!flags.has('--overwrite') || value === undefined) {
        throw new Error('has another value already');
      }
      if (!flags.has('--dry-run')) {
        ((namespace.json.metadata as JsonObject).labels as JsonObject)[key] = value;
      }
      return;
    }
    for (const change of changes) {
      const nodes = this.selected(flags);
      const [key, value] = change.endsWith('-') ? [change.slice(0, -1)] : change.split('=');
      if (value === undefined && !nodes.some(({ labels }) => labels.has(key))) {
        throw new Error('no such node has the label');
      }
      if (value === undefined && /^([a-z]+\.)?kubernetes\.io\//.test(key)) {
        throw new Error('is a label of the kubelet');
      }
      if (value === undefined) {
        checkValue(flags);
      }
      nodes.forEach(({ labels }) =>
        value === undefined ? labels.delete(key) : labels.set(key, value),
      );
    }
  }

  private selected(flags: Parsed['flags']): Node[] {
    const selector = flags.get('-l');
    const nodes =
      selector === undefined && flags.has('--all')
        ? this.nodes
        : this.nodes.filter(({ labels }) => selects(selector ?? '', labels));
    if (nodes.length === 0) {
      throw new Error(`no node has ${selector}`);
    }
    return nodes;
  }

  private logs({ flags }: Parsed): void {
    const selector = flags.get('-l') ?? '';
    const found = this.stored.some(
      ({ kind, namespace, json }) =>
        WORKLOADS.includes(kind) &&
        namespace === flags.get('-n') &&
        selects(
          selector,
          new Map(
            Object.entries(at(json, 'spec', 'template', 'metadata', 'labels') ?? {}).map(
              ([key, value]) => [key, textOf(value)],
            ),
          ),
        ),
    );
    if (!found) {
      throw new Error(`no pod has ${selector}`);
    }
  }

  /** Returns the objects that arguments name: `kind/name`, or `kind name`. */
  private named(words: readonly string[], flags: Parsed['flags']): Stored[] {
    const names = words[0]?.includes('/')
      ? words.map(word => word.split('/') as [string, string])
      : words.slice(1).map((name): [string, string] => [words[0], name]);
    if (names.length === 0) {
      throw new Error('names nothing');
    }
    return names.map(([resource, name]) => {
      const alike = this.stored.filter(({ kind }) => kind.toLowerCase() === resource);
      if (alike.length === 0) {
        throw new Error(`there is no ${resource}`);
      }
      const isClusterScoped = CLUSTER_SCOPED.includes(alike[0].kind);
      if (isClusterScoped && flags.has('-n')) {
        throw new Error(`a ${alike[0].kind} has no namespace`);
      }
      const found = alike.filter(
        each => each.name === name && (isClusterScoped || each.namespace === flags.get('-n')),
      );
      if (found.length !== 1) {
        throw new Error(`not found: ${resource} ${flags.get('-n') ?? ''}/${name}`);
      }
      return found[0];
    });
  }
}

/** Fails if a selector names a key alone: with another value, nodes can be of another pool. */
function checkValue(flags: Parsed['flags']): void {
  if (!(flags.get('-l') ?? '=').includes('=')) {
    throw new Error('selects nodes of other pools, too');
  }
}
