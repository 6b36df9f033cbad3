import { AgentUpdate, NodeAgent, type AgentWavesOptions, type NodeAgentProps } from '../../src';
import { AGENT, chart, contract, rendered, TOOLS, type Rendered } from '../yaml';

export const LABEL = 'example.com/wave';
export const ORDER = ['canary', 'early', 'rest'];
export const NEW = 'registry.example.com/routes-agent:1.9.0';

/** The DaemonSets of an agent. */
export function agents(update?: AgentUpdate, props: Partial<NodeAgentProps> = {}): Rendered[] {
  const c = chart();
  new NodeAgent(c, 'agent', {
    contract: contract(),
    toolImage: TOOLS,
    containers: [AGENT],
    update,
    ...props,
  });
  return rendered(c, 'DaemonSet');
}

/** An update in three waves. */
export const waves = (options: Partial<AgentWavesOptions> = {}) =>
  AgentUpdate.waves({ label: LABEL, order: ORDER, ...options });
