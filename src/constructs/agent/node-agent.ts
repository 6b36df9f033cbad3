import { ApiObject, Chart, Duration, JsonPatch } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { Construct } from 'constructs';
import { checkContainers, servingContainer } from './agent-containers';
import { AgentPriority } from './agent-priority';
import { extras } from './node-agent-extras';
import { NODE_AGENT_PROPS, type NodeAgentProps } from './node-agent-props';
import { serve } from './serve';
import { InputError, show } from '../../errors';
import { isDnsLabel, isLabelValue, isQualifiedName } from '../../kube/names';
import { agentDefaultsEdit, type UpdateStrategy } from '../../model/agent/agent-defaults-edit';
import type { ContractSpec } from '../../model/contract/contract-spec';
import { BASE, WAVE_LABEL, waveEdit, waveLabels, waveName } from '../../model/rollout/wave';
import { optionsOf } from '../../options';
import { addEdit } from '../../wire/hook';
import { specOf, type AgentContract } from '../contract/agent-contract';
import { AgentUpdate } from '../rollout/agent-update';
import { checkWaves, containersOf } from '../rollout/agent-waves';
import { reserveName } from '../support/app-registry';
import { partOf } from '../support/input-values';

/**
 * The agent of a contract: a DaemonSet with one pod on each node of the contract; with
 * `AgentUpdate.waves()` one DaemonSet for each wave.
 *
 * It runs as `ownerId:groupId` and not as root, with a read-only root filesystem, no capability,
 * seccomp RuntimeDefault and no service account token. By default, the agent is updated on one node
 * at a time. Two agents are never on one node. Name, labels and selector never depend on the
 * construct path.
 *
 * Errors: SHM001 for its name and the names of waves, SHM002 for labels, SHM003 for sizes, SHM007
 * for a chart of another namespace, for impossible waves and for other options that contradict each
 * other, SHM009 for containers, SHM010 for pod labels that collide with those of the selector,
 * SHM011 for a name that another NodeAgent has, SHM013 for memory limits, SHM015 for a missing
 * `toolImage`.
 *
 * @example
 * const memory: kplus.MemoryResources = {
 *   request: Size.mebibytes(384),
 *   limit: Size.mebibytes(384),
 * };
 * new NodeAgent(chart, 'agent', {
 *   contract: routes,
 *   toolImage: 'registry.example.com/busybox:1.36',
 *   containers: [
 *     { name: 'agent', image: 'registry.example.com/routes-agent:1.8.2', resources: { memory } },
 *   ],
 * });
 */
export class NodeAgent extends Construct {
  /** The contract that the agent serves. */
  public readonly contract: AgentContract;

  /** The name of the agent, which is also the name of its DaemonSet. */
  public readonly name: string;

  /**
   * The DaemonSets of the agent: one, or one for each wave in the order of the waves. The last one
   * is the one that the agent would have without waves.
   */
  public readonly daemonSets: kplus.DaemonSet[];

  /**
   * @param scope a chart
   * @param id id of the construct
   * @param props contract, containers and the image of the init steps
   */
  public constructor(scope: Construct, id: string, props: NodeAgentProps) {
    super(scope, id);
    const where = this.node.path;
    const spec = specOf(optionsOf(props, where, NODE_AGENT_PROPS).contract, where);
    const name = props.name ?? spec.name;
    this.contract = props.contract;
    this.name = name;
    const update =
      props.update === undefined ? AgentUpdate.rolling() : updateOf(props.update, where);
    const names = checkContainers(props.containers ?? [], props.initContainers ?? [], where);
    const serving = servingContainer(names.ordinary, props.container, where);
    this.check(spec, name, props);
    const { className } = partOf(
      props.priority ?? AgentPriority.nodeCritical(),
      '_spec',
      'priority',
      'AgentPriority.nodeCritical(), .clusterCritical(), .ofClass() or .clusterDefault()',
      where,
    );
    checkWaves(update, spec, names.ordinary, where);

    const waves = update._waves;
    this.daemonSets = (waves?.order ?? [undefined]).map(wave => {
      const daemonSetName = waves && wave !== undefined ? waveName(name, waves, wave) : name;
      reserveName(
        this,
        'DaemonSet',
        `${spec.namespace}/${daemonSetName}`,
        'one NodeAgent with this name and namespace',
        "remove one of them, or give one of them another name: name: '...'",
      );
      const containers = containersOf(props.containers, update, wave);
      checkContainers(containers, props.initContainers ?? [], where);
      const daemonSet = this.makeDaemonSet(
        spec,
        daemonSetName,
        { ...props, containers },
        update,
        waveLabels(name, waves, wave),
      );
      const object = ApiObject.of(daemonSet);
      addEdit(
        object,
        agentDefaultsEdit({
          name: daemonSetName,
          ownerId: spec.ownerId,
          groupId: spec.groupId,
          priorityClassName: className,
          containers: [...names.ordinary, ...names.init],
          serving,
          runtimeClassName: props.runtimeClassName,
          ...extras(props, where),
          updateStrategy: strategyOf(update),
        }),
      );
      if (waves && wave !== undefined) {
        addEdit(object, waveEdit(name, waves, wave));
      }
      serve(spec, { object, template: '/spec/template' }, props, {
        name,
        containers: [serving],
        keepsRoot: false,
        construct: this,
      });
      return daemonSet;
    });
  }

  /** The DaemonSet of the agent; with waves, the DaemonSet of the last wave. */
  public get daemonSet(): kplus.DaemonSet {
    return this.daemonSets[this.daemonSets.length - 1];
  }

  private check(spec: ContractSpec, name: string, props: NodeAgentProps): void {
    const fail = (
      code: 'SHM001' | 'SHM002' | 'SHM007' | 'SHM010',
      field: string,
      given: unknown,
      allowed: string,
      fix: string,
    ) => {
      throw new InputError(this.node.path, { code, field, given: show(given), allowed, fix });
    };
    const longestWaveSuffix = [...(props.update?._waves?.order.slice(0, -1) ?? [])].reduce(
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
    const existing = spec.memory.find(memory => memory.existing !== undefined);
    if (existing) {
      fail(
        'SHM007',
        'contract',
        `memory ${existing.name} in ${existing.existing?.path}`,
        'memories that the agent makes: a NodeAgent would have to make a directory that belongs to somebody else',
        'let the workload that makes the directory serve the contract (contract.serveFrom()), or name who does (servedBy)',
      );
    }
    const chartNamespace = Chart.of(this).namespace;
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

  private makeDaemonSet(
    spec: ContractSpec,
    name: string,
    props: NodeAgentProps,
    update: AgentUpdate,
    labels: Record<string, string>,
  ): kplus.DaemonSet {
    const isBase = labels[WAVE_LABEL] === BASE;
    // Labels of an existing DaemonSet to take over. Only the base DaemonSet gets them, because
    // selectors must not overlap.
    const adoptedSelector = isBase ? props.selectorLabels : undefined;
    const daemonSet = new kplus.DaemonSet(this, isBase ? 'Default' : `wave-${labels[WAVE_LABEL]}`, {
      metadata: { ...props.metadata, name, namespace: spec.namespace },
      podMetadata: {
        ...props.podMetadata,
        labels: { ...props.podMetadata?.labels, ...adoptedSelector, ...labels },
      },
      select: false,
      containers: props.containers,
      initContainers: props.initContainers,
      volumes: props.volumes,
      serviceAccount: props.serviceAccount,
      automountServiceAccountToken: props.automountServiceAccountToken ?? false,
      minReadySeconds: (update._rolling.minReady ?? Duration.seconds(10)).toSeconds(),
      terminationGracePeriod: props.terminationGracePeriod,
    });
    daemonSet.select(kplus.LabelSelector.of({ labels: adoptedSelector ?? labels }));
    // cdk8s-plus writes a hash of the construct path here, which would restart all agents when the
    // construct is moved.
    daemonSet.podMetadata.addLabel(kplus.Pod.ADDRESS_LABEL, name);
    // cdk8s-plus writes `hostNetwork: false`. The API server drops that, so kubectl would report
    // `configured` each time it applies the same YAML.
    ApiObject.of(daemonSet).addJsonPatch(JsonPatch.remove('/spec/template/spec/hostNetwork'));
    return daemonSet;
  }
}

function updateOf(update: AgentUpdate, where: string): AgentUpdate {
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

function strategyOf({ _type: type, _rolling: { maxUnavailable } }: AgentUpdate): UpdateStrategy {
  return type === 'OnDelete'
    ? { type }
    : { rollingUpdate: { maxSurge: 0, maxUnavailable: maxUnavailable?.value ?? 1 }, type };
}
