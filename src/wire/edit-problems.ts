import type { Problem } from '../errors';
import { equal } from '../kube/json';

/** A problem of an object, with the owners of the edits that it comes from. */
export interface EditProblem extends Problem {
  /** Absent if it comes from all edits together. */
  readonly owners?: readonly string[];
}

/** The problems of an object while edits are applied to it, each once. */
export class EditProblems {
  private readonly found: { readonly problem: Problem; owners?: readonly string[] }[] = [];
  private asking?: string;

  public get list(): readonly EditProblem[] {
    return this.found.map(({ problem, owners }) => ({ ...problem, ...(owners && { owners }) }));
  }

  /** Applies an operation of an owner, from whom its problems then come. */
  public askedBy(owner: string, operation: () => void): void {
    this.asking = owner;
    operation();
    this.asking = undefined;
  }

  /**
   * Adds a problem.
   *
   * @param other the owner of another edit that it comes from
   */
  public add(problem: Problem, other?: string): void {
    const { asking } = this;
    const owners =
      asking === undefined ? undefined : [asking, ...(other === undefined ? [] : [other])];
    const known = this.found.find(each => equal(each.problem, problem));
    if (known) {
      known.owners = known.owners && owners && [...new Set([...known.owners, ...owners])];
    } else {
      this.found.push({ problem, owners });
    }
  }
}
