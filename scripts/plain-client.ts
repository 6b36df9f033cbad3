import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ApiObject, Chart, Size } from 'cdk8s';
import { AgentContract, AgentNodes, PodSecurity, ReadyWhen, ReviewApp, SharedMemory } from '../src';

/** The contract of the README, whose clients also wait for a file. */
export const WAITED_FOR = new AgentContract({
  name: 'routes',
  namespace: 'node-agents',
  version: 'v1',
  memory: [
    SharedMemory.files({ name: 'table', size: Size.mebibytes(256), mountPath: '/run/routes' }),
  ],
  nodes: AgentNodes.dedicated('example.com/routes-agent', 'yes'),
  ownerId: 10001,
  groupId: 2000,
  readyWhen: ReadyWhen.file('table.bin', { toolImage: 'registry.example.com/busybox:1.36' }),
});

/** A Deployment as somebody has it who does not use cdk8s. */
const OWN = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'api', namespace: 'shop' },
  spec: {
    selector: { matchLabels: { app: 'api' } },
    template: {
      metadata: { labels: { app: 'api' } },
      spec: {
        containers: [
          {
            name: 'api',
            image: 'registry.example.com/api:3.1.0',
            securityContext: { runAsUser: 20001, runAsGroup: 20001 },
          },
        ],
      },
    },
  },
};

/** What to change: each comment is put above the first line that begins with the text. */
const COMMENTS: readonly (readonly [line: string, ...comment: string[]])[] = [
  [
    'apiVersion: apps/v1',
    'The platform team must have applied the agent of contract routes, and its grant for this',
    'namespace: `kubectl get pvc -n shop` lists routes-table-v1-ro as Bound.',
    '"change" says what depends on your workload. Everything else comes from the contract file.',
  ],
  [
    'cdk8s-shared-memory/contract.routes:',
    'change "containers": the names of those that mount the memory. The mark is on the Deployment,',
    'not on the pod template; the pods do not need it, but lint, review and diff do',
  ],
  ['namespace: shop', 'change: your namespace, which must have the grant'],
  ['containers:', 'change: your containers'],
  ['runAsGroup: 20001', 'change: user and group of your program'],
  ['volumeMounts:', 'memory[].mountPath of the contract'],
  ['initContainers:', 'readyWhen of the contract; before your own init containers'],
  ['- command:', "the library's script: take it as it is"],
  ['- name: UNTIL', 'the file that the agent makes last: readyWhen, below the mount path'],
  [
    '- name: CLIENT',
    'known: the step fails if it cannot open the file as the user and group below. If your',
    'container has no runAsUser and runAsGroup, write unknown: the step then only logs it',
  ],
  ['image: registry.example.com/busybox', 'toolImage of the contract'],
  [
    'runAsGroup: 20001',
    'change: the user and group of your container; 65534 for both if it has none',
  ],
  ['nodeSelector:', 'nodes.label of the contract'],
  ['supplementalGroups:', 'groupId of the contract'],
  ['tolerations:', 'nodes.taint of the contract; none if it has no taint'],
  ['claimName:', 'CONTRACT-MEMORY-VERSION-ro'],
];

/** Returns the YAML of a client that mounts a claim and waits, with what to change in it. */
export function plainClient(): string {
  const outdir = mkdtempSync(join(tmpdir(), 'plain-client-'));
  try {
    const app = new ReviewApp({ outdir });
    const workload = new ApiObject(new Chart(app, 'shop'), 'api', OWN);
    WAITED_FOR.attachTo(workload);
    PodSecurity.restricted().attachTo(workload);
    app.synth();
    return withComments(readFileSync(join(outdir, 'shop.k8s.yaml'), 'utf8'));
  } finally {
    rmSync(outdir, { recursive: true });
  }
}

/** Adds the comments from top to bottom: each at the first line after that of the one before. */
function withComments(yaml: string): string {
  const lines = yaml.trimEnd().split('\n');
  let from = 0;
  for (const [text, ...comment] of COMMENTS) {
    const at = lines.findIndex((line, i) => i >= from && line.trim().startsWith(text));
    if (at < 0) {
      throw new Error(`no line begins with ${text} below line ${from}`);
    }
    const indent = ' '.repeat(lines[at].search(/\S/));
    lines.splice(at, 0, ...comment.map(each => `${indent}# ${each}`));
    from = at + comment.length + 1;
  }
  return `${lines.join('\n')}\n`;
}
