import { type IConstruct } from 'constructs';

/**
 * What a construct depends on. Many objects that depend on many others share one group: N + M edges
 * instead of N x M.
 */
export type Edge = IConstruct | Group;

/**
 * Edges that several constructs share. A construct that is itself in a group does not depend on
 * itself by that.
 */
export class Group {
  public constructor(public readonly edges: readonly Edge[]) {}
}

/** Constructs that depend on each other in a circle. */
export class CycleError extends Error {}

/** A place in the walk: a construct, or a group on behalf of the construct that depends on it. */
interface Step {
  readonly construct: IConstruct;
  readonly group?: Group;
  readonly edges: readonly Edge[];
  next: number;
  /** Whether all of the edges were followed: false where the construct left out itself. */
  complete: boolean;
}

/**
 * The constructs that can be reached from the roots, each once, dependencies first, in the order of
 * cdk8s' own `DependencyGraph.topology()`. Everything is visited once, and nothing recurses: depth
 * is not limited by the stack.
 */
export function dependenciesFirst(
  roots: Iterable<IConstruct>,
  edges: ReadonlyMap<IConstruct, readonly Edge[]>,
): IConstruct[] {
  const done = new Set<Edge>();
  const open = new Set<IConstruct>();
  const sorted: IConstruct[] = [];
  const steps: Step[] = [];

  const enter = (construct: IConstruct) => {
    open.add(construct);
    steps.push({ construct, edges: edges.get(construct) ?? [], next: 0, complete: true });
  };
  const leave = (step: Step) => {
    steps.pop();
    if (!step.group) {
      open.delete(step.construct);
      done.add(step.construct);
      sorted.push(step.construct);
    } else if (step.complete) {
      done.add(step.group);
    } else {
      steps[steps.length - 1].complete = false;
    }
  };
  const follow = (step: Step, edge: Edge) => {
    if (done.has(edge)) {
      return;
    }
    if (edge instanceof Group) {
      steps.push({
        construct: step.construct,
        group: edge,
        edges: edge.edges,
        next: 0,
        complete: true,
      });
    } else if (step.group && edge === step.construct) {
      step.complete = false;
    } else if (open.has(edge)) {
      throw new CycleError();
    } else {
      enter(edge);
    }
  };

  for (const root of roots) {
    if (!done.has(root)) {
      enter(root);
    }
    while (steps.length > 0) {
      const step = steps[steps.length - 1];
      if (step.next < step.edges.length) {
        follow(step, step.edges[step.next++]);
      } else {
        leave(step);
      }
    }
  }
  return sorted;
}
