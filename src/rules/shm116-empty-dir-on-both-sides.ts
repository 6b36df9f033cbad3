import type { Rule } from './rule';
import { inMount } from './rule-match';
import { getOrCreate } from '../kube/group';
import { repositoryOf } from '../kube/image';
import { equal, isObject, textOf, type JsonObject } from '../kube/json';
import type { Container } from '../kube/pod-template';
import { CommandLine, optionName } from '../read/command-line';
import { pathsIn } from '../read/container-texts';
import type { Mount } from '../read/pod';
import type { MarkedPod } from '../sharing/marked-pod';

const set = (comment: string, source: string) => `apiVersion: apps/v1
kind: DaemonSet
metadata: { name: agent }
spec:
  selector: { matchLabels: { app: agent } }
  template:
    metadata: { labels: { app: agent } }
    spec:
      containers:
        - name: agent
          image: registry.example.com/agent:1
          args: [--listen=unix:///run/agent/agent.sock]
          volumeMounts:
            - { name: socket, mountPath: /run/agent }${comment}
      volumes:
        - name: socket
          ${source}
---
apiVersion: v1
kind: Pod
metadata: { name: web }
spec:
  containers:
    - name: web
      image: registry.example.com/web:1
      env: [{ name: AGENT_SOCKET, value: /run/agent/agent.sock }]
      volumeMounts:
        - { name: socket, mountPath: /run/agent }${comment}
  volumes:
    - name: socket
      ${source}
`;

export const SHM116: Rule = {
  id: 'SHM116',
  title: 'an emptyDir on both sides of a socket',
  severity: 'warning',
  why: 'Each pod has an emptyDir of its own, also if both volumes have the same name and the same path. The client looks for the socket in its own directory, which stays empty.',
  fix: 'share a directory of the node: a contract, or a hostPath volume on both sides; or run the server in the pod of the client',
  fact: 'The kubelet makes each emptyDir below the directory of its pod, and removes it with the pod.',
  link: 'https://kubernetes.io/docs/concepts/storage/volumes/#emptydir',
  wrong: set(' # SHM116 warning', 'emptyDir: {}'),
  right: set('', 'hostPath: { path: /run/agent, type: Directory }'),
  check: function* (marked) {
    const bySocket = new Map<string, Side[]>();
    for (const markedPod of marked.pods) {
      for (const mount of markedPod.pod.mounts) {
        // a volume that several containers mount is for them
        if (
          !isObject(mount.volume?.json.emptyDir) ||
          markedPod.pod.mountsOfVolume(mount.volume).length > 1
        ) {
          continue;
        }
        for (const socket of new Set(socketsBelow(mount.at, mount.container))) {
          const key = `${markedPod.pod.manifest.namespace ?? ''} ${socket}`;
          getOrCreate(bySocket, key, (): Side[] => []).push({ markedPod, mount, socket });
        }
      }
    }
    for (const sides of bySocket.values()) {
      const server = sides.find(({ markedPod }) => markedPod.pod.manifest.kind === 'DaemonSet');
      if (!server) {
        continue;
      }
      const isOfServer = (side: Side) =>
        side.markedPod.pod.manifest === server.markedPod.pod.manifest;
      const clients = sides.filter(side => !isOfServer(side) && !runsTheSame(side, server));
      const client = clients.at(0);
      if (!client) {
        continue;
      }
      for (const side of [...sides.filter(isOfServer), ...clients]) {
        const { markedPod, mount, socket } = side;
        const isServer = isOfServer(side);
        const { kind, name } = (isServer ? client : server).markedPod.pod.manifest;
        yield inMount(
          markedPod,
          mount,
          '',
          `emptyDir ${textOf(mount.json.name ?? '')} belongs to this pod alone: ${kind} ${name} has another emptyDir for ${socket}`,
        );
      }
    }
  },
};

interface Side {
  readonly markedPod: MarkedPod;
  readonly mount: Mount;
  readonly socket: string;
}

/**
 * Checks whether two sides run the same program, perhaps in another version: the same image with
 * the same command line, in which values of options can differ (`--shard=1`). Two copies of a
 * server are no server and client, and each has its own socket. Two agents of contracts are two
 * servers, too.
 */
function runsTheSame(a: Side, b: Side): boolean {
  if ([a, b].every(({ markedPod }) => markedPod.marks.some(({ side }) => side === 'agent'))) {
    return true;
  }
  const [one, other] = [a.mount.container.json, b.mount.container.json];
  const words = (json: JsonObject) =>
    new CommandLine(json).words.map(word => (word.startsWith('-') ? optionName(word) : word));
  const [image, otherImage] = [one, other].map(json => repositoryOf(textOf(json.image ?? '')));
  return image === otherImage && equal(words(one), words(other));
}

/** Returns the sockets in a directory that a container's command, arguments and variables name. */
function socketsBelow(directory: string, container: Container): string[] {
  return pathsIn(container).filter(
    path => path.startsWith(`${directory}/`) && /sock(et)?$/.test(path),
  );
}
