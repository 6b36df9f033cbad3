import { Construct, type IConstruct } from 'constructs';
import { describe, InputError } from '../../errors';
import { CallSite } from '../../wire/call-site';

/**
 * Attaches something to a construct. If the input is wrong, the validation of the construct says
 * so, with the line of the user's code: one synth then reports the mistakes of all workloads.
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
    target.node.addValidation({
      validate: () =>
        problems.map(each =>
          describe(place, { ...each, fix: `${each.fix} (${owner} at ${line})` }),
        ),
    });
  }
}
