import { Construct, type IConstruct } from 'constructs';
import { refuseWaves } from './agents-in-waves';
import {
  checkServer,
  checkServing,
  serve,
  SERVE_FROM_OPTIONS,
  type ServeFromOptions,
} from './serve';
import { InputChecks } from '../../errors';
import type { ContractSpec } from '../../model/contract/contract-spec';
import { meantOptions } from '../../options';
import { asIsOf } from '../client/client-attachment';
import { containerNames, volumeNames } from '../support/input-values';
import { oneTarget } from '../support/targets';

/** Makes a workload of the user serve a contract. Throws an error with all problems of the call. */
export function serveFrom(spec: ContractSpec, target: IConstruct, options: ServeFromOptions): void {
  const checks = new InputChecks(Construct.isConstruct(target) ? target : 'serveFrom');
  const meant = meantOptions(options, checks, SERVE_FROM_OPTIONS);
  const found = checks.try(() => {
    refuseWaves(target);
    return oneTarget(target, meant);
  });
  const where = found?.object ?? checks.where;
  const { container } = meant;
  const containers = checks.try(() =>
    containerNames(container === undefined ? undefined : [container], where),
  );
  const replaces = checks.try(() => volumeNames(meant.replaces, where));
  const asIs = checks.try(() => asIsOf(meant, where));
  if (found !== undefined) {
    checks.try(() => checkServer(spec, found.object, meant.nodes));
  }
  const serving = checks.try(() => checkServing(spec, meant, found?.object ?? target));
  const right = checks.end({ found, containers, replaces, asIs, serving });
  serve(spec, right.found, right.serving, {
    name: right.found.object.name,
    containers: right.containers,
    keepsRoot: true,
    replaces: right.replaces,
    asIs: right.asIs,
    toolImage: meant.toolImage,
  });
}
