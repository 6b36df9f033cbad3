import { type Chart } from 'cdk8s';
import { type IConstruct } from 'constructs';
import { isChart, type Tree } from './construct-tree';

/**
 * The dependencies of an app: the declared ones, and those between charts that follow from them.
 * cdk8s adds the latter to the construct tree. This class leaves the tree unchanged.
 */
export class Dependencies {
  /** Whether charts depend on each other. */
  public readonly betweenCharts: boolean;
  private readonly targets = new Map<IConstruct, Set<IConstruct>>();

  public constructor(private readonly tree: Tree) {
    for (const construct of tree.all) {
      const said = construct.node.dependencies;
      if (said.length > 0) {
        this.targets.set(construct, new Set(said));
      }
    }
    const inferred = [...this.nestedCharts(), ...this.acrossCharts()];
    for (const [from, to] of inferred) {
      this.add(from, to);
    }
    this.betweenCharts = inferred.length > 0;
  }

  /** Whether the app has no dependencies, as is the case for most apps. */
  public get areNone(): boolean {
    return this.targets.size === 0;
  }

  /** Returns the dependencies of a construct, in the order in which cdk8s reads them. */
  public of(construct: IConstruct): readonly IConstruct[] {
    return [...(this.targets.get(construct) ?? [])];
  }

  /** A chart depends on its direct child charts, so it is written after them. */
  private *nestedCharts(): Iterable<[Chart, Chart]> {
    for (const chart of this.tree.all.filter(isChart)) {
      for (const child of chart.node.children.filter(isChart)) {
        yield [chart, child];
      }
    }
  }

  /**
   * If a construct depends on a construct of another chart, its whole chart depends on that chart.
   */
  private *acrossCharts(): Iterable<[Chart, Chart]> {
    for (const [construct, targets] of this.targets) {
      const from = this.tree.chartOf(construct);
      for (const target of targets) {
        const to = this.tree.chartOf(target);
        if (from !== to) {
          yield [from, to];
        }
      }
    }
  }

  private add(from: IConstruct, to: IConstruct): void {
    const targets = this.targets.get(from);
    if (targets) {
      targets.add(to);
    } else {
      this.targets.set(from, new Set([to]));
    }
  }
}
