import { type IConstruct } from 'constructs';

/**
 * A dependency: a construct or a group of dependencies. If N objects depend on the same M objects,
 * they share a group, which takes N + M edges instead of N x M.
 */
export type Edge = IConstruct | Group;

/**
 * Dependencies that several constructs share. A construct that is in its own group does not depend
 * on itself.
 */
export class Group {
  public constructor(public readonly edges: readonly Edge[]) {}
}

/** Thrown if constructs depend on each other in a circle. */
export class CycleError extends Error {}

/**
 * A step of the traversal: a construct, or a group on behalf of the construct that depends on it.
 */
interface Step {
  readonly construct: IConstruct;
  readonly group?: Group;
  readonly edges: readonly Edge[];
  next: number;
  /**
   * Whether all edges were followed. False if the construct itself is in the group and was skipped.
   */
  complete: boolean;
}

/**
 * Returns the constructs that can be reached from the roots, without duplicates and dependencies
 * first. The order is the same as for `DependencyGraph.topology()` of cdk8s. Visits each construct
 * once, and does not use recursion, so the stack does not limit the depth.
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
