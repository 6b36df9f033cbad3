import { App, Chart, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import {
  AgentContract,
  AgentNamespace,
  ContractGrant,
  NodeAgent,
  PodSecurity,
  SharedMemory,
  type AgentContractProps,
  type NodeAgentProps,
} from '../../src';
import type { Context } from '../context';
import type { Pod } from '../kubectl';
import { HOLD, type Manifest } from '../manifests';
import type { Probe } from '../probe';
import { until } from '../until';

const IMAGE = 'registry.example.com/replaced-by-the-test:1';
const OWNER = 10001;
export const GROUP = 2000;
export const FOLDER = '/run/routes';
export const OBJECT = `file:${FOLDER}/table`;
export const MEBIBYTE = 1024 * 1024;

/** The memory of most worlds: files of 16 MiB. */
export function files(
  more: Partial<Parameters<typeof SharedMemory.files>[0]> = {},
): SharedMemory[] {
  return [SharedMemory.files({ size: Size.mebibytes(16), mountPath: FOLDER, ...more })];
}

/**
 * An agent and its clients, to which bad things happen. What is rendered can be rendered and
 * applied again, differently.
 */
export class World {
  public readonly agents: string;
  public readonly clients: string;
  /** The contract's directory, as the shell on a node has it. */
  public readonly onNode: string;

  public constructor(
    public readonly context: Context,
    name: string,
    private readonly basics: Partial<AgentContractProps> = {},
  ) {
    this.agents = `e2e-${name}`;
    this.clients = `e2e-${name}-client`;
    this.onNode = `/host/run/cdk8s-shared-memory/${this.agents}.routes`;
  }

  public contract(props: Partial<AgentContractProps> = {}): AgentContract {
    return new AgentContract({
      name: 'routes',
      namespace: this.agents,
      version: 'v1',
      memory: files(),
      ownerId: OWNER,
      groupId: GROUP,
      ...(this.context.nodes.enforceSeLinux ? { seLinux: true } : {}),
      ...this.basics,
      ...props,
    });
  }

  /**
   * What the platform applies. The command serves OBJECT, unless another one is given; `more` makes
   * what belongs to the agent.
   */
  public agent(
    props: Partial<AgentContractProps> = {},
    agent: Partial<NodeAgentProps> = {},
    command?: string[],
    more?: (of: NodeAgent) => void,
  ): Manifest[] {
    const memory = { request: Size.mebibytes(64), limit: Size.mebibytes(64) };
    const yaml = render(chart => {
      new AgentNamespace(chart, 'namespace', { name: this.agents });
      const made = new NodeAgent(chart, 'agent', {
        contract: this.contract(props),
        toolImage: IMAGE,
        containers: [
          {
            name: 'agent',
            image: IMAGE,
            resources: { cpu: { request: kplus.Cpu.millis(10) }, memory },
          },
        ],
        ...agent,
      });
      more?.(made);
    });
    const objects = this.context.ready(yaml, {
      agent: command ?? ['shm-probe', '-g', String(GROUP), 'serve', this.context.token, OBJECT],
    });
    return agent.name === undefined ? objects : objects.filter(o => o.kind === 'DaemonSet');
  }

  /** What the clients' side applies: a Deployment, and its grant where the contract has claims. */
  public client(props: Partial<AgentContractProps> = {}, name = 'api', grant = true): Manifest[] {
    const contract = this.contract(props);
    const yaml = render(chart => {
      const memory = { request: Size.mebibytes(32), limit: Size.mebibytes(32) };
      const resources = { cpu: { request: kplus.Cpu.millis(10) }, memory };
      const containers = [
        { name, image: IMAGE, resources, securityContext: { user: 10002, group: 10002 } },
      ];
      const api = new kplus.Deployment(chart, name, {
        metadata: { name, namespace: this.clients },
        replicas: 1,
        containers,
      });
      contract.attachTo(api);
      if (contract.toJson().includes('"hostPath"')) {
        return;
      }
      if (grant) {
        new ContractGrant(chart, 'grant', { contract, namespace: this.clients });
      }
      PodSecurity.restricted().attachTo(api);
    });
    return this.context.ready(yaml, { [name]: HOLD });
  }

  /** Namespaces, and nodes free of what an earlier run left there; now and at the end. */
  public async makeRoom(level: 'privileged' | 'restricted' = 'restricted'): Promise<void> {
    await this.context.makeNamespaces({ [this.clients]: level });
    await this.context.keepClean(async () => this.context.removeDirectory(`${this.agents}.routes`));
  }

  /** Applies both sides, and waits until the client reads. */
  public async start(): Promise<Probe> {
    await this.context.apply([...this.agent(), ...this.client()]);
    await this.agentProbe();
    const client = await this.clientProbe();
    await client.read(this.context.token, OBJECT);
    return client;
  }

  public async agentPod(seconds = 90): Promise<Pod> {
    return this.context.runningPod(this.agents, 'routes', { seconds });
  }

  public async agentProbe(): Promise<Probe> {
    return this.context.probe(await this.agentPod(), 'agent');
  }

  public async clientPod(name = 'api'): Promise<Pod> {
    return this.context.runningPod(this.clients, name, { seconds: 240 });
  }

  public async clientProbe(name = 'api'): Promise<Probe> {
    return this.context.probe(await this.clientPod(name), name);
  }

  /** Deletes the pods of the agent; the DaemonSet makes new ones. */
  public async deleteAgentPods(): Promise<void> {
    await this.context.kubectl.run(['delete', 'pods', '-n', this.agents, '--all', '--wait=true']);
  }

  /** A new agent pod, and that it is ready. */
  public async replaceAgent(): Promise<Pod> {
    await this.deleteAgentPods();
    return this.agentPod();
  }

  /** A new client pod, and that it is ready. */
  public async replaceClient(name = 'api'): Promise<Probe> {
    await this.context.kubectl.run([
      'delete',
      'pod',
      '-n',
      this.clients,
      (await this.clientPod(name)).metadata.name,
      '--wait=true',
    ]);
    return this.clientProbe(name);
  }

  /** What an init step of the agent says when it refuses to go on. */
  public async refusal(step: string, workload = 'routes'): Promise<string> {
    const message = await until(
      `${step} refuses`,
      90,
      async () => {
        const statuses = (await this.context.podsOf(this.agents, workload)).flatMap(
          ({ status }) => status.initContainerStatuses ?? [],
        );
        const status = statuses.find(({ name }) => name === step);
        return status?.state.terminated?.message ?? status?.lastState?.terminated?.message;
      },
      async () => this.context.describe(this.agents),
    );
    return message
      .trim()
      .replaceAll('/run/cdk8s-shared-memory/', '')
      .replace(/holds \d+Ki/, 'holds NKi'); // how much exactly differs from run to run
  }

  /** Whether a client sees the agent count. */
  public async live(client: Probe): Promise<boolean> {
    return client.isLive(this.context.token, OBJECT);
  }
}

function render(build: (chart: Chart) => void): string {
  const app = new App();
  build(new Chart(app, 'chart'));
  return app.synthYaml();
}
