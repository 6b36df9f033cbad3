import { randomBytes } from 'node:crypto';
import type { ApiObject, Kubectl, Pod } from './kubectl';
import {
  adHocPod,
  namespace,
  retarget,
  type AdHocPod,
  type Changes,
  type Manifest,
} from './manifests';
import { nodeShell, type Nodes } from './nodes';
import { Probe } from './probe';
import { until } from './until';

export interface Images {
  readonly image: string;
  /** With kubectl and sh. */
  readonly kubectlImage: string;
  readonly imagePullPolicy: string;
}

/** The images of real software are not on all nodes, so a test cannot run. */
export class LackingImages extends Error {}

/**
 * The cluster as one technique's test sees it, from one node; remembers what it made, and takes it
 * away again.
 */
export class Context {
  /** Written by this run's agents; a client that reads it has read this run's bytes. */
  public readonly token = `run-${randomBytes(8).toString('hex')}`;

  /** The namespace of the shells on nodes: privileged, and of this context alone. */
  private readonly shells = `e2e-nodes-${randomBytes(4).toString('hex')}`;

  private shellsMade?: Promise<void>;
  private readonly made: Manifest[] = [];
  private readonly atEnd: (() => Promise<void>)[] = [];

  public constructor(
    public readonly kubectl: Kubectl,
    public readonly nodes: Nodes,
    public readonly images: Images,
    private readonly keep: boolean,
  ) {}

  /**
   * Rendered YAML, ready to apply: image, pull policy, commands and, mostly, replicas are the
   * test's, all else is as rendered.
   */
  public ready(
    yaml: string,
    commands: Changes['commands'],
    replicas: number | 'as rendered' = 1,
  ): Manifest[] {
    return retarget(yaml, {
      ...this.images,
      ...this.pinned(),
      commands,
      ...(replicas === 'as rendered' ? {} : { replicas }),
    });
  }

  /**
   * Rendered YAML with images of real software: e2e/images/build.sh makes them. Their commands stay
   * as rendered.
   *
   * @param names the recipes of e2e/images, by the images that are rendered
   */
  public async readyWithSoftware(
    yaml: string,
    names: Readonly<Record<string, string>>,
  ): Promise<Manifest[]> {
    const nodes = await this.kubectl.get<NodeWithImages>('nodes');
    const have = nodes.map(({ status: { images } }) => JSON.stringify(images));
    const lacking = Object.values(names).filter(
      name => !have.every(images => images.includes(`/cdk8s-shared-memory-${name}:1"`)),
    );
    if (lacking.length > 0) {
      throw new LackingImages(
        `a node does not have ${lacking.join(', ')}: e2e/images/build.sh ${lacking.join(' ')}, with CONTAINERD_ADDRESS`,
      );
    }
    const software = Object.fromEntries(
      Object.entries(names).map(([image, name]) => [image, `cdk8s-shared-memory-${name}:1`]),
    );
    return retarget(yaml, { ...this.images, ...this.pinned(), commands: {}, software });
  }

  /** Agent and clients of a test share memory, so they must be on one node. */
  private pinned(): Pick<Changes, 'node'> {
    return this.nodes.all.length === 1 ? {} : { node: this.nodes.home };
  }

  public async apply(objects: Manifest[]): Promise<void> {
    this.made.push(...objects);
    await this.kubectl.apply(objects);
  }

  /** Namespaces that must not be there yet: the tests delete them at the end. */
  public async makeNamespaces(
    levels: Readonly<Record<string, 'privileged' | 'restricted'>>,
  ): Promise<void> {
    const there = (await this.kubectl.get('namespaces'))
      .map(({ metadata }) => metadata.name)
      .filter(name => levels[name]);
    if (there.length > 0) {
      throw new Error(
        `namespace ${there.join(', ')} exists already: left over from an earlier run, or somebody else's; delete it first`,
      );
    }
    await this.apply(Object.entries(levels).map(([name, level]) => namespace(name, level)));
    for (const name of Object.keys(levels)) {
      await until(
        `the service account of ${name}`,
        30,
        async () => (await this.kubectl.get('serviceaccounts', name))[0],
      );
    }
  }

  /**
   * A pod of a workload on the node of this test, or on another one, when it is ready; pods that
   * are being deleted do not count.
   */
  public async runningPod(
    inNamespace: string,
    workload: string,
    { seconds = 60, node }: { seconds?: number; node?: string } = {},
  ): Promise<Pod> {
    return until(
      `a running pod of ${inNamespace}/${workload}`,
      seconds,
      async () => {
        const pods = await this.podsOf(inNamespace, workload, node);
        return pods.find(({ status }) =>
          status.conditions?.some(
            ({ type, status: value }) => type === 'Ready' && value === 'True',
          ),
        );
      },
      async () => this.describe(inNamespace),
    );
  }

  /**
   * The pods of a workload on the node of this test, or on another one; those too that have no node
   * yet.
   */
  public async podsOf(
    inNamespace: string,
    workload: string,
    node = this.nodes.home,
  ): Promise<Pod[]> {
    return (await this.kubectl.pods(inNamespace)).filter(
      ({ metadata, spec }) =>
        !metadata.deletionTimestamp &&
        [undefined, node].includes(spec.nodeName) &&
        (metadata.name === workload || metadata.name.startsWith(`${workload}-`)),
    );
  }

  public probe(pod: Pod, container: string): Probe {
    return new Probe(this.kubectl, pod, container);
  }

  /** Starts a pod that no construct made. */
  public async adHoc(pod: AdHocPod): Promise<Probe> {
    await this.apply([this.adHocManifest(pod)]);
    return this.probe(await this.runningPod(pod.namespace, pod.name), 'main');
  }

  public adHocManifest(pod: AdHocPod): Manifest {
    return adHocPod(
      { node: this.nodes.home, ...pod },
      this.images.image,
      this.images.imagePullPolicy,
    );
  }

  /**
   * Runs a privileged shell on every node that takes pods, with the node's /run at /host/run and
   * the node's IPC namespace; returns what each one printed.
   */
  public async onNodes(script: string): Promise<string[]> {
    return Promise.all(this.nodes.all.map(async node => this.onNode(script, node)));
  }

  /** Runs such a shell on the node of this test, or on another one. */
  public async onNode(script: string, node = this.nodes.home): Promise<string> {
    this.shellsMade ??= this.makeNamespaces({ [this.shells]: 'privileged' });
    await this.shellsMade;
    const name = `node-${this.nodes.all.indexOf(node)}`;
    const pod = nodeShell({ name, namespace: this.shells }, node, script, this.images);
    await this.kubectl.apply([pod]);
    try {
      await until(
        `${script} on ${node}`,
        60,
        async () => {
          const [{ status }] = await this.podsOf(this.shells, name, node);
          if (status.phase === 'Failed') {
            throw new Error(
              `${script} on ${node} failed: ${await this.kubectl.logs(this.shells, name, 'main')}`,
            );
          }
          return status.phase === 'Succeeded';
        },
        async () => this.describe(this.shells),
      );
      return await this.kubectl.logs(this.shells, name, 'main');
    } finally {
      await this.kubectl.delete([pod]); // cleaning up after a failure needs its name again
    }
  }

  /**
   * Removes objects of shm-probe (posix:/NAME, sysv:KEY) from the node's /dev/shm and its IPC
   * namespace, where they are there.
   */
  public async removeFromNodes(...objects: string[]): Promise<void> {
    if (objects.length === 0) {
      return;
    }
    const remove = (object: string) =>
      `out=$(shm-probe remove ${object}) || case $out in *result=ENOENT*) ;; *) echo "$out"; exit 1 ;; esac`;
    await this.onNodes(objects.map(remove).join('\n'));
  }

  /**
   * Removes a contract's directory from the nodes: the library leaves it there, as its data
   * outlives the agent.
   */
  public async removeDirectory(name: string): Promise<void> {
    const below = `/host/run/cdk8s-shared-memory/${name}`;
    await this.onNodes(
      `for at in $(awk '$2 ~ "^${below}/" { print $2 }' /proc/mounts | sort -r); do umount "$at" || exit 1; done; rm -rf '${below}'`,
    );
  }

  /**
   * Takes away what an earlier run may have left on the nodes, now and when all workloads are gone.
   */
  public async keepClean(action: () => Promise<void>): Promise<void> {
    await action();
    this.whenGone(action);
  }

  /** Does something when all workloads are gone, but the namespaces are still there. */
  public whenGone(action: () => Promise<void>): void {
    this.atEnd.push(action);
  }

  /** Deletes everything that was made, in the reverse order. */
  public async cleanUp(): Promise<void> {
    if (this.keep) {
      return;
    }
    await this.kubectl.delete(this.made.filter(({ kind }) => kind !== 'Namespace').reverse());
    for (const action of this.atEnd.splice(0).reverse()) {
      await action();
    }
    await this.kubectl.delete(
      this.made
        .splice(0)
        .filter(({ kind }) => kind === 'Namespace')
        .reverse(),
    );
  }

  /** What a person would look at: pods, what their containers wait for, events. */
  public async describe(inNamespace: string): Promise<string> {
    const { stdout } = await this.kubectl.try(['get', 'pods', '-n', inNamespace, '-o', 'wide']);
    const states = (await this.kubectl.pods(inNamespace)).flatMap(({ metadata, status }) =>
      [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])]
        .filter(({ state }) => !state.running)
        .map(({ name, state }) => `${metadata.name} ${name}: ${JSON.stringify(state)}`),
    );
    const events = (await this.kubectl.events(inNamespace)).map(
      event => `${event.involvedObject.name} ${event.reason}: ${event.message}`,
    );
    return [stdout, ...states, ...events.slice(-15)].join('\n');
  }
}

interface NodeWithImages extends ApiObject {
  readonly status: { readonly images: readonly { readonly names?: readonly string[] }[] };
}
