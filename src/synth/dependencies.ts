import { type Chart } from 'cdk8s';
import { type IConstruct } from 'constructs';
import { isChart, type Tree } from './construct-tree';

/**
 * What depends on what: what was said, and what follows from it for the charts. cdk8s writes the
 * latter into the tree; here the tree stays as it is.
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

  /** Whether nothing depends on anything: so it is in most apps. */
  public get areNone(): boolean {
    return this.targets.size === 0;
  }

  /** What a construct depends on, in the order in which cdk8s reads it. */
  public of(construct: IConstruct): readonly IConstruct[] {
    return [...(this.targets.get(construct) ?? [])];
  }

  /** A chart is written after the charts right below it. */
  private *nestedCharts(): Iterable<[Chart, Chart]> {
    for (const chart of this.tree.all.filter(isChart)) {
      for (const child of chart.node.children.filter(isChart)) {
        yield [chart, child];
      }
    }
  }

  /** Where a construct depends on something in another chart, its whole chart does. */
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
