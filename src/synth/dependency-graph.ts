import { type IConstruct } from 'constructs';
import { isChart, isObject, type Tree } from './construct-tree';
import { type Dependencies } from './dependencies';
import { CycleError, dependenciesFirst, type Edge, Group } from './topology';

/**
 * The graph by which cdk8s sorts a subtree. It has an edge for each dependency, and edges between
 * the objects of the constructs on both sides.
 */
export class Graph {
  private readonly edges = new Map<IConstruct, readonly Edge[]>();
  private readonly inbound = new Set<IConstruct>();
  private readonly groups = new Map<readonly IConstruct[], Group>();
  private readonly allInbound = new Set<readonly IConstruct[]>();

  /**
   * Creates the graph of a subtree.
   *
   * @param tree the constructs of the app
   * @param dependencies the dependencies of the whole app; those on constructs outside of the
   * subtree are ignored
   * @param constructs the constructs of the subtree, parents first
   */
  public constructor(
    private readonly tree: Tree,
    dependencies: Dependencies,
    private readonly constructs: readonly IConstruct[],
  ) {
    if (dependencies.areNone) {
      return;
    }
    const inside = new Set(constructs);
    const inherited = new Map<IConstruct, readonly Group[]>();
    for (const construct of constructs) {
      const targets = dependencies
        .of(construct)
        .filter(target => tree.known([target]).some(t => inside.has(t)));
      this.addEdges(construct, targets, inherited);
    }
  }

  /** Returns the constructs, dependencies first. */
  public sort(): readonly IConstruct[] {
    const roots = integersFirst(this.constructs.filter(construct => !this.inbound.has(construct)));
    if (this.edges.size === 0) {
      return roots;
    }
    const sorted = dependenciesFirst(roots, this.edges);
    if (sorted.length < this.constructs.length) {
      throw new CycleError();
    } // the rest cannot be reached from any root, so it contains a cycle
    return sorted;
  }

  /**
   * Adds the edges of a construct. An object also depends on everything that the constructs around
   * it depend on, up to its chart. `inherited` contains these dependencies by construct.
   */
  private addEdges(
    construct: IConstruct,
    targets: readonly IConstruct[],
    inherited: Map<IConstruct, readonly Group[]>,
  ): void {
    const { scope } = construct.node;
    const around = scope && !isChart(construct) ? (inherited.get(scope) ?? []) : [];
    const groups =
      targets.length > 0 ? [...around, this.objectsToObjects(construct, targets)] : around;
    if (groups.length === 0) {
      return;
    }
    inherited.set(construct, groups);
    const direct = this.tree.known(targets);
    direct.forEach(target => this.inbound.add(target));
    this.edges.set(construct, isObject(construct) ? [...direct, ...groups] : direct);
  }

  /** Returns the edges from all objects of the construct to all objects of each target. */
  private objectsToObjects(construct: IConstruct, targets: readonly IConstruct[]): Group {
    const sources = this.tree.objectsOf(construct);
    return new Group(
      targets.map(target => {
        const objects = this.tree.objectsOf(target);
        // cdk8s treats a dependency on an object that was replaced as a dependency on the new
        // object
        if (!this.tree.has(target) && objects.some(object => sources.includes(object))) {
          throw new CycleError();
        }
        this.markInbound(sources, objects);
        return this.groupOf(objects);
      }),
    );
  }

  private groupOf(objects: readonly IConstruct[]): Group {
    const group = this.groups.get(objects) ?? new Group(objects);
    this.groups.set(objects, group);
    return group;
  }

  /**
   * Records that each target has an incoming edge, except for a target that is the only source
   * itself.
   */
  private markInbound(sources: readonly IConstruct[], targets: readonly IConstruct[]): void {
    if (sources.length === 0 || this.allInbound.has(targets)) {
      return;
    }
    const reached = sources.length > 1 ? targets : targets.filter(target => target !== sources[0]);
    reached.forEach(target => this.inbound.add(target));
    if (reached.length === targets.length) {
      this.allInbound.add(targets);
    }
  }
}

/**
 * Moves constructs whose path looks like an integer to the front. cdk8s uses paths as keys of a
 * JavaScript object, which lists integer-like keys first. Only a path with a single part can look
 * like an integer.
 */
function integersFirst(constructs: readonly IConstruct[]): readonly IConstruct[] {
  const isInteger = (construct: IConstruct) =>
    construct.node.scope !== undefined &&
    construct.node.scope.node.scope === undefined &&
    /^(0|[1-9][0-9]{0,9})$/.test(construct.node.id) &&
    Number(construct.node.id) < 2 ** 32 - 1;
  const integers = constructs.filter(isInteger);
  if (integers.length === 0) {
    return constructs;
  }
  integers.sort((a, b) => Number(a.node.id) - Number(b.node.id));
  return [...integers, ...constructs.filter(construct => !isInteger(construct))];
}
