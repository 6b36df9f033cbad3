import type * as kplus from 'cdk8s-plus-27';
import type { AgentCandidate, AgentUpdate } from './agent-update';
import { checkAll, show, type Fail } from '../../errors';
import { isDnsLabel, isQualifiedName } from '../../kube/names';
import type { ContractSpec, NodesSpec } from '../../model/contract/contract-spec';
import { BASE, type WavesSpec } from '../../model/rollout/wave';
import type { OptionNames } from '../../options';
import { inUserOrder } from '../support/by-name';

const CANDIDATE: OptionNames<AgentCandidate> = {
  args: true,
  envVariables: true,
  image: true,
  resources: true,
};

/** Checks the waves before any of them is created. Throws an error with all of their problems. */
export function checkWaves(
  update: AgentUpdate,
  spec: ContractSpec,
  nodes: NodesSpec | undefined,
  names: readonly string[],
  where: string,
): void {
  const { _waves: waves } = update;
  if (!waves) {
    return;
  }
  checkAll(where, checks => {
    const fail: Fail = (code, field, ...rest) => checks.fail(code, `update.${field}`, ...rest);
    checkLabel(waves.label, spec, nodes, fail);
    checkOrder(waves.order, fail);
    checkPromotion(waves.order, update._promotion, fail);
    checkCandidate(update._promotion.candidate, names, fail);
  });
}

function checkLabel(
  label: string,
  spec: ContractSpec,
  nodes: NodesSpec | undefined,
  fail: Fail,
): void {
  if (!isQualifiedName(label)) {
    fail('SHM002', 'label', label, 'a label key', 'write a key like example.com/wave');
  } else if (label === spec.nodes.label.key || label === nodes?.label.key) {
    fail(
      'SHM007',
      'label',
      label,
      `a label key other than that of the nodes of ${label === spec.nodes.label.key ? `contract ${spec.name}` : 'this agent'}, which has one value for all of them`,
      'divide the nodes into waves by another label',
    );
  }
}

function checkOrder(order: readonly string[], fail: Fail): void {
  if (!Array.isArray(order) || order.length < 2) {
    fail(
      'SHM007',
      'order',
      order,
      'two waves or more',
      "write order: ['canary', 'rest'], or AgentUpdate.rolling()",
    );
  }
  if (!Array.isArray(order)) {
    return;
  }
  for (const wave of new Set(order)) {
    if (!isDnsLabel(wave)) {
      fail(
        'SHM001',
        'order',
        wave,
        'lowercase letters, digits and "-" (a DNS label), because it becomes part of a name',
        'choose such a name',
      );
    }
  }
  const twice = order.find((wave, i) => order.indexOf(wave) !== i);
  if (twice !== undefined) {
    fail(
      'SHM007',
      'order',
      twice,
      'each wave once',
      'remove the second one, or give it another name',
    );
  }
  if (order.slice(0, -1).includes(BASE)) {
    fail(
      'SHM007',
      'order',
      BASE,
      'another name, because the last wave has this one in its selector',
      'choose another name',
    );
  }
}

/** Checks which waves run what is new. */
function checkPromotion(
  order: readonly string[],
  { candidate, through }: AgentUpdate['_promotion'],
  fail: Fail,
): void {
  if (candidate === undefined && through !== undefined) {
    fail(
      'SHM007',
      'through',
      through,
      'nothing, because there is no candidate',
      "write candidate: { agent: { image: '...' } }, or leave through out",
    );
  }
  if (
    candidate !== undefined &&
    Array.isArray(order) &&
    (through === undefined || !order.includes(through))
  ) {
    fail(
      'SHM007',
      'through',
      through,
      `a wave: ${order.join(', ')}`,
      'name the last wave that runs the candidate',
    );
  }
}

/** Checks what is new, by the names of containers. */
function checkCandidate(
  candidate: AgentUpdate['_promotion']['candidate'],
  names: readonly string[],
  fail: Fail,
): void {
  if (candidate === undefined) {
    return;
  }
  const containers = Object.keys(
    typeof candidate === 'object' && candidate !== null ? candidate : {},
  );
  if (containers.length === 0) {
    fail(
      'SHM007',
      'candidate',
      candidate,
      'what is new, by the name of a container',
      "write candidate: { agent: { image: '...' } }",
    );
  }
  for (const container of containers) {
    if (!names.includes(container)) {
      fail(
        'SHM009',
        'candidate',
        container,
        `a container of the agent: ${names.join(', ')}`,
        'correct the name',
      );
    }
    const news = candidate[container] as unknown;
    const unknown =
      typeof news === 'object' && news !== null
        ? Object.keys(news).filter(key => !(key in CANDIDATE))
        : [show(news)];
    if (unknown.length > 0) {
      fail(
        'SHM007',
        `candidate.${container}`,
        unknown,
        Object.keys(CANDIDATE).join(', '),
        'change everything else in containers, for all waves at once',
      );
    }
  }
}

/** Returns the containers of a wave. In waves up to `through`, they contain what is new. */
export function containersOf(
  containers: readonly kplus.ContainerProps[],
  update: AgentUpdate,
  wave: string | undefined,
): kplus.ContainerProps[] {
  const {
    _waves: waves,
    _promotion: { candidate, through },
  } = update;
  const runsCandidate =
    waves && wave !== undefined && through !== undefined && isUpTo(waves, wave, through);
  return containers.map(container =>
    runsCandidate ? promoted(container, candidate?.[container.name ?? 'main']) : container,
  );
}

function isUpTo({ order }: WavesSpec, wave: string, through: string): boolean {
  return order.indexOf(wave) <= order.indexOf(through);
}

function promoted(
  container: kplus.ContainerProps,
  candidate: AgentCandidate | undefined,
): kplus.ContainerProps {
  if (!candidate) {
    return container;
  }
  const { image, args, envVariables, resources } = candidate;
  return {
    ...container,
    ...(image === undefined ? {} : { image }),
    ...(args === undefined ? {} : { args }),
    ...(envVariables === undefined
      ? {}
      : { envVariables: { ...container.envVariables, ...inUserOrder(envVariables) } }),
    ...(resources === undefined ? {} : { resources: { ...container.resources, ...resources } }),
  };
}
