import { type ApiObject, type App, type Chart } from 'cdk8s';
import { type IConstruct } from 'constructs';
import { isChart, isObject, Tree } from './construct-tree';
import { Dependencies } from './dependencies';
import { Graph } from './dependency-graph';

/** What an app consists of, in the order in which cdk8s writes it. */
export interface Order {
  /** The charts, dependencies first, with their objects, dependencies first. */
  readonly charts: ReadonlyMap<Chart, readonly ApiObject[]>;
  /** Whether charts depend on each other: cdk8s then numbers their files. */
  readonly numbered: boolean;
}

/**
 * Validates the whole app once, and resolves its dependencies once. cdk8s does both again for each
 * chart, and walks all paths through rejoining dependencies: quadratic and exponential where this
 * is linear.
 *
 * @throws CycleError if constructs depend on each other in a circle
 */
export function orderOf(app: App): Order {
  validate(app);
  const tree = new Tree(app);
  const dependencies = new Dependencies(tree);
  const charts = new Graph(tree, dependencies, tree.all).sort().filter(isChart);
  return {
    charts: new Map(charts.map(chart => [chart, objectsOf(chart, tree, dependencies)])),
    numbered: dependencies.betweenCharts,
  };
}

/** The objects of a nested chart are written elsewhere, but what they depend on counts here too. */
function objectsOf(chart: Chart, tree: Tree, dependencies: Dependencies): ApiObject[] {
  const sorted = new Graph(tree, dependencies, chart.node.findAll()).sort();
  return sorted.filter(isObject).filter(object => tree.chartOf(object) === chart);
}

/** A validation may add constructs; cdk8s validates those in a later round, and so does this. */
function validate(app: App): void {
  const validated = new Set<IConstruct>();
  for (
    let round = app.node.findAll();
    round.length > 0;
    round = app.node.findAll().filter(c => !validated.has(c))
  ) {
    const errors = round.flatMap(construct => {
      validated.add(construct);
      return construct.node.validate().map(error => `[${construct.node.path}] ${error}`);
    });
    if (errors.length > 0) {
      throw new Error(`Validation failed with the following errors:\n  ${errors.join('\n  ')}`);
    }
  }
}
