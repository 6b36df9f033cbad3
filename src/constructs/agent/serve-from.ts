import { Construct, type IConstruct } from 'constructs';
import { checkNodesOfWaves, oneAgent } from './agents-in-waves';
import { checkSameNodes } from './same-nodes';
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

/** Makes a workload of the user serve a contract. Throws an error with all problems of the call. */
export function serveFrom(spec: ContractSpec, target: IConstruct, options: ServeFromOptions): void {
  const checks = new InputChecks(Construct.isConstruct(target) ? target : 'serveFrom');
  const meant = meantOptions(options, checks, SERVE_FROM_OPTIONS);
  const agent = checks.try(() => oneAgent(target, meant));
  const where = agent?.construct ?? checks.where;
  const { container } = meant;
  const containers = checks.try(() =>
    containerNames(container === undefined ? undefined : [container], where),
  );
  const replaces = checks.try(() => volumeNames(meant.replaces, where));
  const asIs = checks.try(() => asIsOf(meant, where));
  if (agent !== undefined) {
    checks.try(() => checkServer(spec, agent.targets[0].object, meant.nodes));
  }
  const serving = checks.try(() => checkServing(spec, meant, agent?.construct ?? target));
  if (agent !== undefined && serving !== undefined) {
    checks.try(() => checkNodesOfWaves(agent, [spec.nodes, serving.nodes]));
    checks.try(() => checkSameNodes(spec, serving.nodes, agent.targets[0]));
  }
  const right = checks.end({ agent, containers, replaces, asIs, serving });
  for (const each of right.agent.targets) {
    serve(spec, each, right.serving, {
      name: right.agent.name,
      containers: right.containers,
      keepsRoot: true,
      replaces: right.replaces,
      asIs: right.asIs,
      toolImage: meant.toolImage,
    });
  }
}
