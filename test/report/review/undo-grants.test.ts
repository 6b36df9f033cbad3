import { execFileSync } from 'node:child_process';
import { Size, Testing, type Chart } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { page } from './review-examples';
import { blocksIn } from '../../../e2e/runbook';
import {
  Access,
  Backing,
  ClientInjection,
  ContractGrant,
  NodeAgent,
  SharedMemory,
} from '../../../src';
import { AGENT, chart, contract, TOOLS } from '../../yaml';

const WORDS =
  ', but have no client of that contract there: first take the memory out of the clients in their own repositories, and wait until the command says that no pod is left. Deleting a claim that is in use cannot be taken back: the claim stays Terminating, and each new pod that needs it hangs. The command sees only pods: look also for workloads that have none now, like a CronJob between its runs.';
const LISTED =
  '{{range $pod := .items}}{{range .spec.volumes}}{{with .persistentVolumeClaim}}{{$pod.metadata.namespace}}/{{$pod.metadata.name}} {{.claimName}}{{"\\n"}}{{end}}{{end}}{{end}}';
const commandFor = (pattern: string) =>
  `uses=$(kubectl get pods -A -o go-template='${LISTED}') && { echo "$uses" | grep -E '${pattern}' || echo 'no pod with a claim is left'; }`;

const ROUTES = contract({ clients: Access.READ_WRITE });
const RING = contract({ name: 'ring' });

/** The steps of "How to undo it": what is said, and the commands. */
function steps(build: (c: Chart) => void, contracts = [ROUTES], change = (json: string) => json) {
  const c = chart();
  for (const of of contracts) {
    new NodeAgent(c, of.name, { contract: of, toolImage: TOOLS, containers: [AGENT] });
  }
  build(c);
  const objects = (Testing.synth(c) as object[]).map(each => JSON.stringify(each));
  return blocksIn(page(change(objects.join('\n---\n'))), 'How to undo it').map(
    ({ words, script }) => ({
      what: words
        .trim()
        .split('\n')
        .at(-1)
        ?.replace(/^\d+\. /, ''),
      commands: script.trim().split('\n'),
    }),
  );
}
const grant = (c: Chart, namespace: string, of = ROUTES, access = Access.READ_ONLY) =>
  new ContractGrant(c, `${of.name}-${namespace}`, { contract: of, namespace, access });
const client = (c: Chart, namespace: string, of = ROUTES) =>
  of.attachTo(
    new kplus.Deployment(c, `web-${namespace}`, {
      metadata: { namespace },
      containers: [{ image: 'registry.example.com/web:1' }],
    }),
  );
const places = (found: ReturnType<typeof steps>) =>
  ['Take the memory', 'These manifests grant', 'Wait until', 'Delete the grants'].map(words =>
    found.findIndex(({ what }) => what?.startsWith(words)),
  );

describe('clients in other repositories stop to use a grant before it is deleted', () => {
  test('it is the first step where no client is in the manifests', () => {
    const found = steps(c => grant(c, 'shop'));
    expect(found[0]).toEqual({
      what: `These manifests grant contract \`routes\` to namespace \`shop\`${WORDS}`,
      commands: [commandFor('^(shop/[^ ]+ routes-table-v1-ro)$')],
    });
    expect(found[1].commands[0]).toBe(
      'kubectl delete -n shop persistentvolumeclaim/routes-table-v1-ro',
    );
  });

  test('it names the namespaces without clients, and looks for all claims of their contract', () => {
    const found = steps(
      c => {
        grant(c, 'shop');
        grant(c, 'ledger', ROUTES, Access.READ_WRITE);
        grant(c, 'bank');
        grant(c, 'bank', RING);
        client(c, 'shop');
      },
      [ROUTES, RING],
    );
    expect(found[1]).toEqual({
      what: `These manifests grant contract \`ring\` to namespace \`bank\`, and contract \`routes\` to namespaces \`bank\`, \`ledger\`${WORDS}`,
      commands: [
        commandFor(
          '^(bank/[^ ]+ ring-table-v1-ro|(bank|shop)/[^ ]+ routes-table-v1-ro|ledger/[^ ]+ (routes-table-v1-ro|routes-table-v1-rw))$',
        ),
      ],
    });
    expect(places(found)).toEqual([0, 1, -1, 2]);
  });

  test('a client of another contract is none of this one', () => {
    const found = steps(
      c => {
        grant(c, 'shop');
        grant(c, 'shop', RING);
        client(c, 'shop');
      },
      [ROUTES, RING],
    );
    expect(found[1]).toEqual({
      what: `These manifests grant contract \`ring\` to namespace \`shop\`${WORDS}`,
      commands: [commandFor('^(shop/[^ ]+ ring-table-v1-ro)$')],
    });
  });

  test('nothing is said where each namespace with a grant has a client', () => {
    const found = steps(c => {
      grant(c, 'shop');
      grant(c, 'bank');
      client(c, 'shop');
      client(c, 'bank');
    });
    expect(places(found)).toEqual([0, -1, -1, 1]);
    expect(places(steps(c => client(c, 'shop')))).toEqual([0, -1, -1, -1]);
  });

  test('clients that join by label are waited for, too', () => {
    const found = steps(c => {
      grant(c, 'shop');
      new ClientInjection(c, 'join', { contract: ROUTES, namespaces: ['shop'] });
    });
    expect(found[1].commands).toEqual([commandFor('^(shop/[^ ]+ routes-table-v1-ro)$')]);
    expect(places(found)).toEqual([-1, 1, 0, 3]);
  });

  test('the claim can be in another repository, and a name is no expression', () => {
    const found = steps(
      c => grant(c, 'shop'),
      [ROUTES],
      json =>
        json
          .split('\n---\n')
          .filter(each => !each.includes('"kind":"PersistentVolumeClaim","metadata"'))
          .join('\n---\n')
          .replace('"name":"routes-table-v1-ro","namespace"', '"name":"it\'s.+(a)","namespace"'),
    );
    expect(found[0].commands).toEqual([commandFor("^(shop/[^ ]+ it'\\''s\\.\\+\\(a\\))$")]);
  });
});

describe('clients of memory that needs no grant', () => {
  const LOOK =
    ', and no grant that would say where clients are. Look for them, and first take the memory out of those that are not the agents, in their own repositories. The commands see only pods: look also for workloads that have none now, like a CronJob between its runs.';
  const KEYS = contract({
    name: 'keys',
    memory: [SharedMemory.systemV({ name: 'keys', size: Size.mebibytes(1) })],
  });
  const RAW = contract({
    name: 'raw',
    memory: [
      SharedMemory.posix({ name: 'raw', size: Size.mebibytes(1), backing: Backing.devShm() }),
    ],
  });
  const begin = ({ what = '' }) => what.startsWith('These manifests have no client');

  test('are looked for in the IPC namespace, at hostPaths, and by the names of claims', () => {
    const [{ what, commands }] = steps(() => undefined, [ROUTES, KEYS, RAW]).filter(begin);
    expect(what).toBe(
      `These manifests have no client of contract \`keys\`, \`raw\`, \`routes\`${LOOK}`,
    );
    expect(commands).toEqual([
      `kubectl get pods -A -o go-template='{{range .items}}{{if .spec.hostIPC}}{{.metadata.namespace}}/{{.metadata.name}}{{"\\n"}}{{end}}{{end}}'`,
      expect.stringMatching(
        / \| grep -E ' \(\/dev\/shm\|\/run\/cdk8s-shared-memory\/node-agents\\\.routes\)\(\/\|\$\)' \|\| echo 'no pod with such a hostPath'$/,
      ),
      commandFor(' (routes-table-v1-ro|routes-table-v1-rw)$'),
    ]);
  });

  test('are not looked for if one is here, or a grant', () => {
    expect(steps(c => client(c, 'shop')).filter(begin)).toEqual([]);
    expect(steps(c => grant(c, 'shop')).filter(begin)).toEqual([]);
    expect(steps(() => undefined).filter(begin)).toHaveLength(1);
  });

  test('one at or below a directory is listed, and none with a longer name', () => {
    const [{ commands }] = steps(() => undefined, [RAW]).filter(begin);
    const pods = ['a/x /dev/shm', 'a/y /dev/shm/in', 'a/z /dev/shm2', 'a/w /run/dev/shm'];
    expect(
      execFileSync('/bin/sh', ['-c', `kubectl() { printf '%s' "$PODS"; }\n${commands[0]}`], {
        env: { ...process.env, PODS: pods.join('\n') },
        encoding: 'utf8',
      }),
    ).toBe('a/x /dev/shm\na/y /dev/shm/in\n');
  });
});

describe('the command lists the pods with one of the claims, or says that none is left', () => {
  const [{ commands }] = steps(
    c => {
      grant(c, 'shop');
      grant(c, 'bank', RING);
    },
    [ROUTES, RING],
  );
  const printed = (pods: string, code = 0) => {
    const kubectl = `kubectl() { printf '%b' "$PODS"; return ${code}; }`;
    return execFileSync('/bin/sh', ['-c', `${kubectl}\n${commands[0]} || echo failed`], {
      env: { ...process.env, PODS: pods },
      encoding: 'utf8',
    });
  };

  test.each([
    ['shop/web-1 routes-table-v1-ro\\nshop/db-0 data', 'shop/web-1 routes-table-v1-ro\n'],
    ['bank/a ring-table-v1-ro\\n', 'bank/a ring-table-v1-ro\n'],
    ['bank/a routes-table-v1-ro\\n', 'no pod with a claim is left\n'],
    ['shop/a routes-table-v1-ro-2\\nshop/b my-routes-table-v1-ro', 'no pod with a claim is left\n'],
    ['workshop/a routes-table-v1-ro\\n', 'no pod with a claim is left\n'],
    ['', 'no pod with a claim is left\n'],
  ])('%j', (pods, expected) => {
    expect(printed(pods)).toBe(expected);
  });

  test('fails to say that none is left if kubectl fails', () => {
    expect(printed('', 1)).toBe('failed\n');
  });
});
