import { Chart } from 'cdk8s';
import type * as kplus from 'cdk8s-plus-27';
import { type Construct } from 'constructs';
import {
  agentContainers,
  checkContainers,
  servingContainer,
  type AgentContainers,
} from './agent-containers';
import { AgentPriority, PRIORITIES } from './agent-priority';
import { extras, type Extras } from './node-agent-extras';
import { NODE_AGENT_PROPS, type NodeAgentProps } from './node-agent-props';
import { checkServing, type Serving } from './serve';
import { InputChecks, InputError, show } from '../../errors';
import { isDnsLabel, isLabelValue, isQualifiedName } from '../../kube/names';
import type { ContractSpec } from '../../model/contract/contract-spec';
import { waveLabels, waveName } from '../../model/rollout/wave';
import { meantOptions } from '../../options';
import { specOf } from '../contract/agent-contract';
import { AgentUpdate } from '../rollout/agent-update';
import { checkWaves, containersOf } from '../rollout/agent-waves';
import { reserveName } from '../support/app-registry';
import { partOf } from '../support/input-values';

/** One DaemonSet of an agent: all of it, or one wave. */
interface AgentPart {
  readonly name: string;
  readonly containers: kplus.ContainerProps[];
  /** The wave; absent for an agent without waves. */
  readonly wave?: string;
}

/** What the properties of a NodeAgent say. */
interface CheckedAgent {
  readonly name: string;
  readonly spec: ContractSpec;
  readonly update: AgentUpdate;
  readonly names: AgentContainers;
  /** The name of the container that serves the memory. */
  readonly serving: string;
  readonly priority: { readonly className?: string };
  readonly extras: Extras;
  readonly served: Serving;
  readonly parts: readonly AgentPart[];
}

/** Checks the properties of an agent. Throws an error with all of their problems. */
export function checkedAgent(given: NodeAgentProps, construct: Construct): CheckedAgent {
  const where = construct.node.path;
  const checks = new InputChecks(construct);
  const props = meantOptions(given, checks, NODE_AGENT_PROPS);
  const { container, containers = [], initContainers = [] } = props;
  const spec = checks.try(() => specOf(props.contract, where));
  const update = checks.try(() => updateOf(props.update, where));
  const names = checks.try(() => agentContainers(containers, initContainers, where));
  if (names) {
    checkContainers(names, containers, initContainers, checks);
  }
  const serving = names && checks.try(() => servingContainer(names.ordinary, container, where));
  const name = props.name ?? spec?.name ?? '';
  if (spec) {
    checkProps(spec, name, props, construct, checks);
  }
  const priority = checks.try(() =>
    partOf(props.priority ?? AgentPriority.nodeCritical(), '_spec', 'priority', PRIORITIES, where),
  );
  const added = checks.try(() => extras(props, where));
  const served = spec && checks.try(() => checkServing(spec, props, construct));
  const parts =
    spec &&
    update &&
    names &&
    checks.try(() => {
      checkWaves(update, spec, served?.nodes, names.ordinary, where);
      return partsOf(spec, name, props, update, names, construct);
    });
  return {
    name,
    ...checks.end({ spec, update, names, serving, priority, served, parts, extras: added }),
  };
}

/** Returns the DaemonSets of an agent, and reserves their names. */
function partsOf(
  spec: ContractSpec,
  name: string,
  props: NodeAgentProps,
  update: AgentUpdate,
  names: AgentContainers,
  construct: Construct,
): AgentPart[] {
  const waves = update._waves;
  const checks = new InputChecks(construct);
  const parts = (waves?.order ?? [undefined]).map((wave): AgentPart => {
    const part = {
      name: waves && wave !== undefined ? waveName(name, waves, wave) : name,
      containers: containersOf(props.containers, update, wave),
      wave,
    };
    checks.try(() =>
      reserveName(
        construct,
        'DaemonSet',
        `${spec.namespace}/${part.name}`,
        'one NodeAgent with this name and namespace',
        "remove one of them, or give one of them another name: name: '...'",
      ),
    );
    checkContainers(names, part.containers, props.initContainers ?? [], checks);
    return part;
  });
  return checks.end({ parts }).parts;
}

function checkProps(
  spec: ContractSpec,
  name: string,
  props: NodeAgentProps,
  construct: Construct,
  { fail }: InputChecks,
): void {
  const order: unknown = props.update?._waves?.order;
  const longestWaveSuffix = (Array.isArray(order) ? order.slice(0, -1) : []).reduce<number>(
    (most, wave) => Math.max(most, String(wave).length + 1),
    0,
  );
  if (!isDnsLabel(name, 63 - longestWaveSuffix)) {
    fail(
      'SHM001',
      'name',
      name,
      `a DNS label of at most ${63 - longestWaveSuffix} characters${longestWaveSuffix > 0 ? ', to which the names of waves are appended' : ''}`,
      'choose such a name',
    );
  }
  for (const { existing, name: memory } of spec.memory) {
    if (existing === undefined) {
      continue;
    }
    fail(
      'SHM007',
      'contract',
      `memory ${memory} in ${existing.path}`,
      'memories that the agent makes: a NodeAgent would have to make a directory that belongs to somebody else',
      'let the workload that makes the directory serve the contract (contract.serveFrom()), or name who does (servedBy)',
    );
  }
  const chartNamespace = Chart.of(construct).namespace;
  if (chartNamespace !== undefined && chartNamespace !== spec.namespace) {
    fail(
      'SHM007',
      'contract.namespace',
      spec.namespace,
      `${show(chartNamespace)}, the namespace of the chart`,
      'put the agent into a chart of its own namespace, or into one without a namespace',
    );
  }
  for (const [field, metadata] of [
    ['metadata', props.metadata],
    ['podMetadata', props.podMetadata],
  ] as const) {
    if (metadata?.name !== undefined || metadata?.namespace !== undefined) {
      fail(
        'SHM007',
        field,
        { name: metadata.name, namespace: metadata.namespace },
        'labels and annotations',
        'use the property name; the namespace comes from the contract',
      );
    }
  }
  const reservedLabels = Object.keys(waveLabels(name)).filter(
    key => props.podMetadata?.labels?.[key] !== undefined,
  );
  if (reservedLabels.length > 0) {
    fail(
      'SHM010',
      'podMetadata.labels',
      reservedLabels,
      'labels of your own',
      'remove them: the selector of the DaemonSet needs them',
    );
  }
  const selector = Object.entries(props.selectorLabels ?? {});
  if (
    props.selectorLabels &&
    (selector.length === 0 ||
      !selector.every(([key, value]) => isQualifiedName(key) && isLabelValue(value)))
  ) {
    fail(
      'SHM002',
      'selectorLabels',
      props.selectorLabels,
      'one label or more',
      'write those of the live DaemonSet: kubectl get daemonset NAME -o jsonpath={.spec.selector}',
    );
  }
  const labels = { ...waveLabels(name), ...props.podMetadata?.labels };
  const contradicted = selector.filter(
    ([key, value]) => labels[key] !== undefined && labels[key] !== value,
  );
  if (contradicted.length > 0) {
    fail(
      'SHM010',
      'selectorLabels',
      Object.fromEntries(contradicted),
      'labels that the pods have',
      'remove them from podMetadata.labels, or write the same value',
    );
  }
}

function updateOf(update: AgentUpdate | undefined, where: string): AgentUpdate {
  if (update === undefined) {
    return AgentUpdate.rolling();
  }
  if (typeof update === 'object' && update !== null && '_type' in update) {
    const { maxUnavailable } = update._rolling;
    if (
      maxUnavailable === undefined ||
      (typeof maxUnavailable.isZero === 'function' && !maxUnavailable.isZero())
    ) {
      return update;
    }
    throw new InputError(where, {
      code: 'SHM007',
      field: 'update.maxUnavailable',
      given: show(maxUnavailable),
      allowed:
        'kplus.PercentOrAbsolute of more than 0: with 0, and with maxSurge 0, nothing would ever be updated',
      fix: 'write kplus.PercentOrAbsolute.absolute(1), or leave it out',
    });
  }
  throw new InputError(where, {
    code: 'SHM007',
    field: 'update',
    given: show(update),
    allowed: 'AgentUpdate.rolling(), .onDelete() or .waves()',
    fix: 'write one of them, or leave it out',
  });
}
