import { ApiObject, type App, Chart } from 'cdk8s';
import { type IConstruct } from 'constructs';

/**
 * The constructs of an app, looked up once: which chart each belongs to, and what objects are below
 * it.
 */
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

  /** Whether a construct is in this app, and has not been removed from it. */
  public has(construct: IConstruct): boolean {
    return this.chartByConstruct.has(construct);
  }

  /**
   * The constructs as they are in this app. cdk8s matches by path: a construct that was removed
   * stands for the one that replaced it, if any.
   */
  public known(constructs: readonly IConstruct[]): readonly IConstruct[] {
    if (constructs.every(c => this.has(c))) {
      return constructs;
    }
    this.byPath ??= new Map(this.all.map(c => [c.node.path, c]));
    return constructs.flatMap(c => (this.has(c) ? c : this.byPath?.get(c.node.path)) ?? []);
  }

  /** The chart of a construct; cdk8s words the error where there is none. */
  public chartOf(construct: IConstruct): Chart {
    return this.chartByConstruct.get(construct) ?? Chart.of(construct);
  }

  /** The objects at and below a construct that belong to the construct's own chart. */
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

/** As `Chart.isChart`, which is no type guard in older versions of cdk8s. */
export function isChart(construct: IConstruct): construct is Chart {
  return Chart.isChart(construct);
}

/** As `ApiObject.isApiObject`. */
export function isObject(construct: IConstruct): construct is ApiObject {
  return ApiObject.isApiObject(construct);
}
