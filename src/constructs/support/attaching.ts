import { ApiObject } from 'cdk8s';
import { Construct, type IConstruct } from 'constructs';
import { describe, InputError } from '../../errors';
import { CallSite } from '../../wire/call-site';
import { failEdits } from '../../wire/hook';

/**
 * Attaches something to a construct. If the input is wrong, the validation of its object says so,
 * with the line of the user's code: one synth then reports the mistakes of all workloads. The
 * object does not render, either, so that nothing is lost where nobody validates.
 *
 * Throws the error at once if nothing would validate it, because the target is no construct, or if
 * the line is not known: in Python and Java, the exception that the caller gets has it.
 */
export function attaching(owner: string, target: IConstruct, attach: () => void): void {
  try {
    attach();
  } catch (error) {
    const { place: line } = new CallSite();
    if (!(error instanceof InputError) || line === undefined || !Construct.isConstruct(target)) {
      throw error;
    }
    const { problems } = error;
    const { path } = target.node;
    const place = error.place.startsWith(path) ? error.place : path; // not the name of the method
    const placed = problems.map(each => ({ ...each, fix: `${each.fix} (${owner} at ${line})` }));
    const object = objectOf(target);
    if (object === undefined || !failEdits(object, place, placed)) {
      target.node.addValidation({ validate: () => placed.map(each => describe(place, each)) });
    }
  }
}

/** Returns the object of a target: itself, or that of a workload of cdk8s-plus. */
function objectOf(target: IConstruct): ApiObject | undefined {
  const object = ApiObject.isApiObject(target) ? target : target.node.defaultChild;
  return ApiObject.isApiObject(object) ? object : undefined;
}
