import { ApiObject } from 'cdk8s';
import { type IConstruct } from 'constructs';
import { InputError, show } from '../../errors';
import { builtInTemplate, podTemplates } from '../../kube/pod-template';
import type { OptionNames } from '../../options';

/** Which pod template below a construct is meant. */
export interface TargetOptions {
  /**
   * The object to choose if there are several: `Kind/name`, for example `Deployment/api`. If the
   * object has several pod templates, the JSON pointer of one follows:
   * `MPIJob/train#/spec/mpiReplicaSpecs/Worker/template`.
   *
   * @default - there must be exactly one pod template under the construct
   */
  readonly workload?: string;
}

export const TARGET_OPTIONS: OptionNames<TargetOptions> = { workload: true };

/** A pod template: its object, and its JSON pointer there. */
export interface Target {
  readonly object: ApiObject;
  readonly template: string;
}

/**
 * All pod templates at or below a construct, in the order of the tree. It is an error if there is
 * none.
 */
export function allTargets(scope: IConstruct): Target[] {
  if (typeof scope?.node?.findAll !== 'function') {
    throw new InputError('attachTo', {
      code: 'SHM008',
      field: 'target',
      given: show(scope),
      allowed: 'a construct',
      fix: 'give the workload, or a construct that holds it',
    });
  }
  const found: Target[] = [];
  addTargets(found, scope);
  if (found.length === 0) {
    throw new InputError(scope.node.path, {
      code: 'SHM008',
      field: 'target',
      given: 'a construct without a pod template',
      allowed: 'a workload, or a construct that holds one',
      fix: 'give a Pod, Deployment, DaemonSet, StatefulSet, Job, CronJob or custom resource with a pod template; write the objects of a List one by one',
    });
  }
  return found;
}

function addTargets(found: Target[], construct: IConstruct): void {
  if (ApiObject.isApiObject(construct)) {
    for (const template of podTemplatesOf(construct as ApiObject)) {
      found.push({ object: construct as ApiObject, template });
    }
  }
  for (const child of construct.node.children) {
    addTargets(found, child);
  }
}

/** The JSON pointers of an object's pod templates. */
export function podTemplatesOf(object: ApiObject): string[] {
  const builtIn = builtInTemplate(object.apiVersion, object.kind);
  if (builtIn !== undefined) {
    return [builtIn];
  }
  // Objects of cdk8s-plus must not be rendered to look (their toJson() is not idempotent); those of
  // custom kinds show their templates in no other way.
  return /^[^/]+\.[^/]+\//.test(object.apiVersion) ? podTemplates(object.toJson()) : [];
}

/**
 * The one pod template that is meant.
 *
 * @param orElse what the caller can do instead of choosing one, as words after the fix
 * @param all the pod templates at or below the construct
 */
export function oneTarget(
  scope: IConstruct,
  options: TargetOptions,
  orElse = '',
  all = allTargets(scope),
): Target {
  if (options.workload === undefined && all.length === 1) {
    return all[0];
  }
  const chosen = options.workload === undefined ? all : named(all, options.workload);
  if (chosen.length === 1) {
    return chosen[0];
  }
  const several = new Set(all.map(nameOf)).size < all.length;
  const list = all.map(t => (several ? `${nameOf(t)}#${t.template}` : nameOf(t)));
  throw new InputError(scope.node.path, {
    code: 'SHM008',
    field: options.workload === undefined ? 'target' : 'workload',
    given: options.workload ?? `a construct with ${all.length} pod templates`,
    allowed: `one of ${list.join(', ')}`,
    fix: `choose one: { workload: '${list[0]}' }${orElse}`,
  });
}

/** Those of some pod templates that an option `workload` names. */
export function named(all: readonly Target[], workload: string): readonly Target[] {
  return all.filter(t => workload === nameOf(t) || workload === `${nameOf(t)}#${t.template}`);
}

function nameOf(target: Target): string {
  return `${target.object.kind}/${target.object.name}`;
}
