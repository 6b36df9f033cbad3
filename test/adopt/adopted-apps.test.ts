import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import * as ts from 'typescript';
import { adopt, fileOf, synthesized, type Adopted } from './adopted-app';
import { changesBetween } from '../../src/change/diff';
import { readFiles } from '../../src/read/input-files';

/** The real systems and manifests whose workloads share memory on a node, with their contracts. */
const SHARING: Record<string, string[]> = {
  'join/systems/aeron.yaml': ['driver'],
  'join/systems/iceoryx.yaml': ['roudi'],
  'join/systems/lmcache.yaml': ['lmcache-server'],
  'join/systems/ros2.yaml': ['dev-shm'],
  'join/systems/vineyard.yaml': ['vineyard'],
  'join/systems/yuanrong.yaml': ['ds-worker'],
  'wild/54-ros-talker-listener-hostipc.yaml': ['node-ipc'],
  'wild/57-zero-copy-daemon-below-dev-shm.yaml': ['shm-router'],
  'wild/68-mps-server-and-client-hostipc.yaml': ['mps-server'],
  'wild/69-agent-mounts-tmpfs.yaml': ['gpu-share', 'gpu-share-2'],
  'wild/70-kv-cache-daemon-and-server.yaml': ['kv-cache'],
  'wild/97-client-follows-daemonset.yaml': ['table-agent'],
  'wild/98-copied-agent-same-selector.yaml': ['node-ipc'],
};
/** Inputs that are not rendered manifests. */
const UNREADABLE = [
  'wild/83-kustomization-and-patch.yaml',
  'wild/84-compose-file.yaml',
  'wild/85-helm-values.yaml',
];

const ROOT = join(__dirname, '..');
const inputs = ['join/systems', 'wild'].flatMap(folder =>
  readdirSync(join(ROOT, folder))
    .filter(name => name.endsWith('.yaml'))
    .map(name => `${folder}/${name}`),
);
const adopted = new Map<string, Adopted>();

beforeAll(async () => {
  for (const input of inputs) {
    adopted.set(input, await adopt(join(ROOT, input)));
  }
}, 300_000);

const contractsIn = (each: Adopted) =>
  [...fileOf(each, 'contract.ts').matchAll(/^ {2}name: '(.*)',$/gm)].map(([, name]) => name);

test('an app is written for what shares memory on a node, and for nothing else', () => {
  const written = [...adopted].filter(([, { code }]) => code === 0 || code === 3);
  expect(Object.fromEntries(written.map(([input, each]) => [input, contractsIn(each)]))).toEqual(
    SHARING,
  );
  const unread = [...adopted].filter(([, { code }]) => code === 2).map(([input]) => input);
  expect(unread).toEqual(UNREADABLE);
});

test.each(Object.keys(SHARING))('%s: the app renders the input, but for the marks', input => {
  const each = adopted.get(input) as Adopted;
  const [before, after] = [join(ROOT, input), synthesized(each)].map(path => ({
    manifests: readFiles([path]).manifests.map(({ document: _document, ...manifest }) => manifest),
  }));
  const { objects, pods, privileges, refused } = changesBetween(before, after);
  expect(objects).toMatchObject({ added: [], gone: [], moved: [] });
  const marks = SHARING[input].map(
    name => `metadata.annotations["cdk8s-shared-memory/contract.${name}"]`,
  );
  const acknowledged = /^metadata\.annotations\["cdk8s-shared-memory\/acknowledge\./;
  const fields = [...new Set(objects.changed.flatMap(({ fields: changed }) => changed))];
  // of an object without annotations, the whole field changes
  const isMark = (field: string) => marks.includes(field) || field === 'metadata.annotations';
  expect(fields.filter(field => !isMark(field) && !acknowledged.test(field))).toEqual([]);
  expect(objects.changed.length).toBeGreaterThan(0);
  expect(new Set(pods.map(({ replacement }) => replacement.by))).toEqual(new Set(['sameTemplate']));
  expect({ privileges, refused }).toEqual({ privileges: { gained: [], lost: [] }, refused: [] });
  expect(each.out).toContain('no pod restarts');
});

test('all apps pass the type checker', () => {
  const folders = Object.keys(SHARING).map(input => (adopted.get(input) as Adopted).folder);
  const program = ts.createProgram(
    folders.flatMap(folder => [join(folder, 'main.ts'), join(folder, 'contract.ts')]),
    {
      module: ts.ModuleKind.Node16,
      moduleResolution: ts.ModuleResolutionKind.Node16,
      noEmit: true,
      skipLibCheck: true,
      strict: true,
      target: ts.ScriptTarget.ES2022,
      types: ['node'],
      typeRoots: [join(ROOT, '../node_modules/@types')],
      paths: {
        'cdk8s-shared-memory': [join(ROOT, '../src/index.ts')],
        '*': [join(ROOT, '../node_modules/@types/*'), join(ROOT, '../node_modules/*')],
      },
    },
  );
  const problems = ts
    .getPreEmitDiagnostics(program)
    .map(
      ({ file, messageText }) =>
        `${basename(file?.fileName ?? '')}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`,
    );
  expect(problems).toEqual([]);
});
