import { exampleMark, RING } from './example-mark';
import { raisedLimit } from './memory-remedies';
import { missingHugePages } from './missing-huge-pages';
import { forEachSharingPod, type Rule } from './rule';
import { inContainer } from './rule-match';
import { limitRangeWords, listWords } from './rule-words';
import { formatBytes, roundUpToMebibytes } from '../kube/quantity';
import type { MarkedMemory, ReadMark } from '../model/contract/contract-mark';
import { inOrdinaryPages } from '../model/contract/huge-pages';
import { knownBytes } from '../model/contract/memory-size';
import { limitOf } from '../read/pod-memory';

const pod = (limit: string, found: string) => `apiVersion: v1
kind: Pod
metadata:
  name: web
  namespace: shop
  annotations:
${exampleMark('client', { ...RING, size: '256Mi' }, ['web'], { access: 'readWrite' })}
spec:
  hostIPC: true # SHM301 note
  containers:
    - name: web
      image: registry.example.com/web:1
      resources:
        limits:
          memory: ${limit}${found}
`;

const PROTOCOL = '(docs/agent-protocol.md of the package)';
const PUBLISHES = 'publishes the memory';

/** Says what the agent can do, so that no client pays for a page. */
const allocate = (before: string) =>
  `ask the team of the agent whether it allocates all pages before it ${before} ${PROTOCOL}: then this container pays for none`;

export const SHM206: Rule = {
  id: 'SHM206',
  title: 'the memory limit of a client is not above the size of the shared memory',
  severity: 'warning',
  strict: 'error',
  why: 'The kernel charges a page of shared memory to the container that touches it first, also if it only reads a hole of a sparse file. If the agent has not touched all pages before its clients do, a client with a smaller limit is OOM-killed, and then cannot start again, because the pages stay charged to its pod. This also holds for memory that the agent passes as a descriptor, which has no path. For memory in huge pages, the limit of huge pages counts instead: such a client gets SIGBUS. If the client only reads, or if its limit is above what it writes, this is a note: of what it reads, it pays only for pages that the agent has left untouched.',
  fix: `raise the memory limit to the size plus what the process itself needs, or ${allocate(PUBLISHES)}`,
  fact: 'A client with a limit of 48Mi that writes 60 MiB into a memory of 64Mi is OOM-killed, and each new start ends at once, because the pages stay charged to its pod; seen on Kubernetes 1.37. A client without a limit of hugepages-2Mi writes the huge pages that the agent has touched; it gets SIGBUS at a page that the agent has mapped, but not touched, and ENOMEM from mmap of a new file; seen on Kubernetes 1.33 and 1.37 with the hugetlb controller of cgroup v1.',
  link: 'https://docs.kernel.org/admin-guide/cgroup-v2.html#memory-ownership',
  wrong: pod('128Mi', ' # SHM206 warning'),
  right: pod('384Mi', ''),
  check: forEachSharingPod((markedPod, found) => {
    // if clients pay, SHM205 reports the limit
    const shares = markedPod.marks.filter(
      ({ side, payer }) => side !== 'agent' && payer === 'agent',
    );
    for (const container of markedPod.pod.containers) {
      const mine = shares.filter(mark => mark.containers.includes(container.name));
      const writing = mine.filter(({ access }) => access === 'readWrite');
      for (const huge of missingHugePages(
        markedPod.pod,
        container,
        writing.flatMap(mark => mark.memory),
      )) {
        found(
          inContainer(
            markedPod,
            container,
            huge.path,
            `container ${container.name} writes ${huge.bytes} of contract ${writing.map(({ contract }) => contract).join(' and ')} in huge pages, and ${huge.limit}: it may write the pages that the agent has touched, but if the node limits huge pages (hugetlb controller), it gets SIGBUS at a page that it touches before the agent, and ENOMEM from mmap of a file that it makes`,
            {
              fix: `let the agent call fallocate for all of a file before it publishes it ${PROTOCOL}; if clients make files, write chargedTo: Payer.CLIENT in the contract, or ${huge.fix}`,
              // the contract says that the agent touches all pages first, as fallocate does
              severity: 'note',
            },
          ),
        );
      }
      const limit = limitOf(markedPod.pod, container);
      const bytes = bytesOf(mine);
      if (typeof limit !== 'bigint' || limit > bytes) {
        continue;
      }
      const uses = [
        usedBy('writes', writing, isInFiles),
        usedBy(
          'reads',
          mine.filter(({ access }) => access === 'readOnly'),
          isInFiles,
        ),
        usedBy('gets', mine, isPassed),
      ].filter(each => each);
      found(
        inContainer(
          markedPod,
          container,
          'resources/limits/memory',
          `container ${container.name} ${listWords(uses)}, and its memory limit is ${formatBytes(limit)}${limitRangeWords(markedPod.pod, container)}: it pays for each page that it touches before the agent does, although the contract says that the agent pays`,
          {
            fix: `raise the limit above ${formatBytes(roundUpToMebibytes(bytes))}, or ${allocate(publicationOf(mine))}`,
            remedies: raisedLimit(markedPod, container, bytes + limit),
            // a reader touches a page first only if the agent leaves holes
            ...(limit > bytesOf(writing) ? { severity: 'note' as const } : {}),
          },
        ),
      );
    }
  }),
};

/** Returns the bytes in ordinary pages that marks declare. */
function bytesOf(marks: readonly ReadMark[]): bigint {
  return knownBytes(inOrdinaryPages(marks.flatMap(mark => mark.memory)));
}

/**
 * Checks whether the agent passes a memory as a descriptor. The access in the mark is then that to
 * the directory of the socket: whether the client can write the memory, its seals say.
 */
function isPassed({ api }: MarkedMemory): boolean {
  return api === 'descriptors';
}

function isInFiles(memory: MarkedMemory): boolean {
  return !isPassed(memory);
}

/** Says what an agent does once all pages are there. */
function publicationOf(marks: readonly ReadMark[]): string {
  const memories = marks.flatMap(mark => mark.memory);
  return listWords(
    [
      ...(memories.every(isPassed) ? [] : [PUBLISHES]),
      ...(memories.some(isPassed) ? ['passes the descriptor'] : []),
    ],
    'or',
  );
}

/**
 * Says how many bytes of which contracts a container reads, writes, or gets by descriptor. Empty
 * for none.
 */
function usedBy(
  verb: 'reads' | 'writes' | 'gets',
  marks: readonly ReadMark[],
  isMeant: (memory: MarkedMemory) => boolean,
): string {
  const meant = marks
    .map(mark => ({ ...mark, memory: mark.memory.filter(isMeant) }))
    .filter(({ memory }) => memory.length > 0);
  const bytes = bytesOf(meant);
  return bytes === 0n
    ? ''
    : `${verb} ${formatBytes(bytes)} of contract ${meant.map(({ contract }) => contract).join(' and ')}${verb === 'gets' ? ' by descriptor' : ''}`;
}
