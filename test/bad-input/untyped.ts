import { NodeAgent } from '../../src';
import { AGENT, chart, contract, TOOLS } from '../yaml';

/** What TypeScript would refuse, in the place of anything. */
export const any = <T>(value: unknown) => value as T;

/** An agent with whatever properties. */
export function agent(props: object): unknown {
  return new NodeAgent(chart(), 'agent', {
    contract: contract(),
    toolImage: TOOLS,
    containers: [AGENT],
    ...props,
  });
}
