import { type ApiObject, type App, type Chart } from 'cdk8s';
import { type IConstruct } from 'constructs';
import { isChart, isObject, Tree } from './construct-tree';
import { Dependencies } from './dependencies';
import { Graph } from './dependency-graph';
import { placed } from '../errors';

/** The charts and objects of an app, in the order in which cdk8s writes them. */
export interface Order {
  /** The charts, dependencies first. The objects of each chart are sorted the same way. */
  readonly charts: ReadonlyMap<Chart, readonly ApiObject[]>;
  /** Whether charts depend on each other. cdk8s then numbers their files. */
  readonly numbered: boolean;
}

/**
 * Validates the whole app once, and resolves its dependencies once, in linear time. cdk8s repeats
 * both for each chart, which takes quadratic time, and follows every path through the dependency
 * graph, which can take exponential time.
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

/**
 * Returns the sorted objects of a chart. The dependencies of nested charts affect the order,
 * although their objects are written to other files.
 */
function objectsOf(chart: Chart, tree: Tree, dependencies: Dependencies): ApiObject[] {
  const sorted = new Graph(tree, dependencies, chart.node.findAll()).sort();
  return sorted.filter(isObject).filter(object => tree.chartOf(object) === chart);
}

/**
 * Validates all constructs. A validation may add constructs. Like cdk8s, this function validates
 * those in a further round.
 */
function validate(app: App): void {
  const validated = new Set<IConstruct>();
  for (
    let round = app.node.findAll();
    round.length > 0;
    round = app.node.findAll().filter(c => !validated.has(c))
  ) {
    round.forEach(construct => validated.add(construct));
    refuse(round);
  }
}

/** Validates constructs, and throws all of their errors as one, as cdk8s does. */
function refuse(constructs: readonly IConstruct[]): void {
  const errors = constructs.flatMap(({ node }) =>
    node.validate().map(error => placed(node.path, error)),
  );
  if (errors.length > 0) {
    throw new Error(`Validation failed with the following errors:\n  ${errors.join('\n  ')}`);
  }
}
