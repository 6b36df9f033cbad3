import { ApiObject, Duration, JsonPatch } from 'cdk8s';
import type * as kplus from 'cdk8s-plus-27';
import { Construct } from 'constructs';
import { recordWaves } from './agents-in-waves';
import { checkedAgent } from './node-agent-check';
import { type NodeAgentProps } from './node-agent-props';
import { serve } from './serve';
import { agentDefaultsEdit, type UpdateStrategy } from '../../model/agent/agent-defaults-edit';
import type { ContractSpec } from '../../model/contract/contract-spec';
import { BASE, WAVE_LABEL, waveEdit, waveLabels } from '../../model/rollout/wave';
import { addEdit } from '../../wire/hook';
import { type AgentContract } from '../contract/agent-contract';
import { type AgentUpdate } from '../rollout/agent-update';
import { recordPriorityClass } from '../support/app-registry';
import { cdk8sPlus } from '../support/cdk8s-plus';

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
    const agent = checkedAgent(props, this);
    const { names, serving, spec, update } = agent;
    this.contract = props.contract;
    this.name = agent.name;
    recordPriorityClass(this, spec.namespace, agent.priority.className);
    this.daemonSets = agent.parts.map(({ containers, name, wave }) => {
      const waves = update._waves;
      const daemonSet = this.makeDaemonSet(
        spec,
        name,
        { ...props, containers },
        update,
        waveLabels(this.name, waves, wave),
      );
      const object = ApiObject.of(daemonSet);
      addEdit(
        object,
        agentDefaultsEdit({
          name,
          ownerId: spec.ownerId,
          groupId: spec.groupId,
          priorityClassName: agent.priority.className,
          containers: [...names.ordinary, ...names.init],
          serving,
          runtimeClassName: props.runtimeClassName,
          ...agent.extras,
          updateStrategy: strategyOf(update),
        }),
      );
      if (waves && wave !== undefined) {
        addEdit(object, waveEdit(this.name, waves, wave));
      }
      serve(spec, { object, template: '/spec/template' }, agent.served, {
        name: this.name,
        containers: [serving],
        keepsRoot: false,
        toolImage: props.toolImage,
      });
      return daemonSet;
    });
    if (update._waves) {
      recordWaves({
        construct: this,
        name: this.name,
        label: update._waves.label,
        daemonSets: this.daemonSets.map(daemonSet => ApiObject.of(daemonSet)),
      });
    }
  }

  /** The DaemonSet of the agent; with waves, the DaemonSet of the last wave. */
  public get daemonSet(): kplus.DaemonSet {
    return this.daemonSets[this.daemonSets.length - 1];
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
    const { DaemonSet, LabelSelector, Pod } = cdk8sPlus('NodeAgent');
    const daemonSet = new DaemonSet(this, isBase ? 'Default' : `wave-${labels[WAVE_LABEL]}`, {
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
    daemonSet.select(LabelSelector.of({ labels: adoptedSelector ?? labels }));
    // cdk8s-plus writes a hash of the construct path here, which would restart all agents when the
    // construct is moved.
    daemonSet.podMetadata.addLabel(Pod.ADDRESS_LABEL, name);
    // cdk8s-plus writes `hostNetwork: false`. The API server drops that, so kubectl would report
    // `configured` each time it applies the same YAML.
    ApiObject.of(daemonSet).addJsonPatch(JsonPatch.remove('/spec/template/spec/hostNetwork'));
    return daemonSet;
  }
}

function strategyOf({ _type: type, _rolling: { maxUnavailable } }: AgentUpdate): UpdateStrategy {
  return type === 'OnDelete'
    ? { type }
    : { rollingUpdate: { maxSurge: 0, maxUnavailable: maxUnavailable?.value ?? 1 }, type };
}
