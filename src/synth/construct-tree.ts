import { ApiObject, type App, Chart } from 'cdk8s';
import { type IConstruct } from 'constructs';

/** An index of the constructs of an app: the chart of each construct, and the objects below it. */
export class Tree {
  /** All constructs, parents first. */
  public readonly all: readonly IConstruct[];
  private readonly chartByConstruct = new Map<IConstruct, Chart | undefined>();
  private readonly objects = new Map<IConstruct, readonly IConstruct[]>();
  private byPath?: ReadonlyMap<string, IConstruct>;

  public constructor(app: App) {
    this.all = app.node.findAll();
    for (const c of this.all) {
      const chart = isChart(c) ? c : c.node.scope && this.chartByConstruct.get(c.node.scope);
      this.chartByConstruct.set(c, chart);
    }
  }

  /** Checks whether a construct is part of this app and has not been removed. */
  public has(construct: IConstruct): boolean {
    return this.chartByConstruct.has(construct);
  }

  /**
   * Returns the constructs that are part of this app. cdk8s matches constructs by path, so a
   * construct that was removed is replaced by the current one with the same path, if there is one.
   */
  public known(constructs: readonly IConstruct[]): readonly IConstruct[] {
    if (constructs.every(c => this.has(c))) {
      return constructs;
    }
    this.byPath ??= new Map(this.all.map(c => [c.node.path, c]));
    return constructs.flatMap(c => (this.has(c) ? c : this.byPath?.get(c.node.path)) ?? []);
  }

  /** Returns the chart of a construct. If it has none, cdk8s throws its usual error. */
  public chartOf(construct: IConstruct): Chart {
    return this.chartByConstruct.get(construct) ?? Chart.of(construct);
  }

  /**
   * Returns the objects at and below a construct that belong to the same chart as the construct.
   */
  public objectsOf(construct: IConstruct): readonly IConstruct[] {
    let objects = this.objects.get(construct);
    if (!objects) {
      const chart = this.chartOf(construct);
      objects = this.known(
        construct.node.findAll().filter(c => isObject(c) && this.chartOf(c) === chart),
      );
      this.objects.set(construct, objects);
    }
    return objects;
  }
}

/** Calls `Chart.isChart`, which is not a type guard in older versions of cdk8s. */
export function isChart(construct: IConstruct): construct is Chart {
  return Chart.isChart(construct);
}

/** Calls `ApiObject.isApiObject`, but only accepts constructs, like {@link isChart}. */
export function isObject(construct: IConstruct): construct is ApiObject {
  return ApiObject.isApiObject(construct);
}
