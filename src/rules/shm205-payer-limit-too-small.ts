import { exampleMark, RING } from './example-mark';
import { raisedLimit } from './memory-remedies';
import { missingHugePages } from './missing-huge-pages';
import { forEachSharingPod, type Rule } from './rule';
import { inContainer } from './rule-match';
import { limitRangeWords } from './rule-words';
import { at } from '../kube/json';
import { formatBytes, roundUpToMebibytes } from '../kube/quantity';
import type { ReadMark } from '../model/contract/contract-mark';
import { inOrdinaryPages } from '../model/contract/huge-pages';
import { knownBytes } from '../model/contract/memory-size';
import { limitOf } from '../read/pod-memory';
import type { MarkedPod } from '../sharing/marked-pod';

const pod = (limit: string, found: string) => `apiVersion: v1
kind: Pod
metadata:
  name: agent
  namespace: agents
  annotations:
${exampleMark('agent', { ...RING, size: '256Mi' }, ['agent'])}
spec:
  hostIPC: true # SHM301 note
  containers:
    - name: agent
      image: registry.example.com/agent:1
      resources:
        limits:
          memory: ${limit}${found}
`;

export const SHM205: Rule = {
  id: 'SHM205',
  title: 'the memory limit of the paying container is below the size of the shared memory',
  severity: 'error',
  why: "The kernel charges a page of shared memory to the container that touches it first. If that container's limit is too small, it is OOM-killed while it fills the memory, and again each time it starts, because the pages stay charged to its pod.",
  fix: 'raise the memory limit to the bytes of the contract plus what the process itself needs',
  fact: 'The writer is killed when it exceeds its limit, although the tmpfs has room, and the pages stay; seen on Kubernetes 1.33 and 1.37.',
  link: 'https://docs.kernel.org/admin-guide/cgroup-v2.html#memory-ownership',
  wrong: pod('128Mi', ' # SHM205 error'),
  right: pod('384Mi', ''),
  check: forEachSharingPod((markedPod, found) => {
    const pays = markedPod.marks.filter(mark => mark.side === mark.payer);
    for (const container of markedPod.pod.containers) {
      const mine = pays.filter(mark => mark.containers.includes(container.name));
      if (mine.length === 0) {
        continue;
      } // fast path: most containers pay for no memory
      const memories = mine.flatMap(mark => mark.memory);
      for (const { bytes, limit, path, fix } of missingHugePages(
        markedPod.pod,
        container,
        memories,
      )) {
        const what = `container ${container.name} touches ${bytes} of contract ${mine.map(mark => mark.contract).join(' and ')} first, in huge pages, but ${limit}: it gets SIGBUS`;
        found(inContainer(markedPod, container, path, what, { fix }));
      }
      const ordinary = inOrdinaryPages(memories);
      if (ordinary.length === 0) {
        continue;
      } // all of it is in huge pages
      const bytes = knownBytes(ordinary);
      const limit = limitOf(markedPod.pod, container);
      if ((typeof limit === 'bigint' && limit >= bytes) || limit === 'unknown') {
        continue;
      }
      const isKnown = bytes > 0n;
      const amount = isKnown ? formatBytes(bytes) : 'the memory, of unknown size,';
      const needs = `container ${container.name} pays for ${amount} of contract ${mine.map(mark => mark.contract).join(' and ')}`;
      // an init step may only prepare the memory, for example give it to the user of the agent
      const prepares =
        container.role === 'init' && mine.some(mark => servesBeside(mark, markedPod));
      const fix = isKnown
        ? `raise the limit to ${formatBytes(roundUpToMebibytes(bytes))} plus what the process itself needs`
        : 'write a memory limit that holds what it shares and what the process itself needs, and the size in the contract';
      if (typeof limit === 'bigint') {
        found(
          inContainer(
            markedPod,
            container,
            'resources/limits/memory',
            `${needs}${prepares ? ' if it fills the memory' : ''}, but its memory limit is ${formatBytes(limit)}${limitRangeWords(markedPod.pod, container)}`,
            {
              ...(prepares ? { severity: 'note' } : {}),
              fix: prepares ? `if it does: ${fix}` : fix,
              remedies: raisedLimit(markedPod, container, bytes + limit),
            },
          ),
        );
      } else if (at(markedPod.pod.spec, 'resources', 'limits', 'memory') === undefined) {
        found(
          inContainer(
            markedPod,
            container,
            '',
            `${needs}, but has no memory limit: only the node's memory bounds it`,
            { severity: prepares ? 'note' : 'warning', fix },
          ),
        );
      }
    }
  }),
};

/** Checks whether a mark also names containers that run beside each other. */
function servesBeside({ containers }: ReadMark, markedPod: MarkedPod): boolean {
  return markedPod.pod.containers.some(
    ({ name, role }) => role !== 'init' && containers.includes(name),
  );
}
