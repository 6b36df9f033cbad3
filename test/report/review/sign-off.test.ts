import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { DIST } from './review-examples';
import { exampleNames, foldersOf } from '../../../scripts/examples';
import { isObject, type Json, type JsonObject } from '../../../src/kube/json';
import { manifestsOf } from '../../../src/kube/manifest';
import { inOrder } from '../../../src/kube/object-order';
import { readFiles } from '../../../src/read/input-files';
import { ManifestSet } from '../../../src/read/manifest-set';
import { readDocuments, Source } from '../../../src/read/source';
import { withoutFiles } from '../../../src/report/review/markdown';
import { reviewPage } from '../../../src/report/review/review-page';
import { findingsInManifests, findingsInSet } from '../../../src/rules/engine';
import { MarkedManifests } from '../../../src/sharing/marked-manifests';
import { runMain } from '../../cli/run-main';
import { reversedKeys } from '../../reversed-keys';
import { FILES, manifestsIn, pathsIn } from '../../spoilt';

const EXAMPLES = exampleNames()
  .flatMap(name => foldersOf(name))
  .map(name => readFiles([join(DIST, name)]).manifests.map(({ json }) => json));

/** REVIEW.md of objects, without files. */
function pageOf(objects: readonly Json[]): string {
  const manifests = objects.flatMap(json => (isObject(json) ? manifestsOf(json) : []));
  const marked = new MarkedManifests(new ManifestSet(inOrder(manifests)));
  return reviewPage(marked, findingsInSet(marked));
}
const digestOf = (objects: readonly Json[]) =>
  /`sha256:([0-9a-f]{64})`/.exec(pageOf(objects))?.[1] ?? '';
const kindOf = (object: JsonObject) => String(object.kind);
const annotationsOf = ({ metadata }: JsonObject) =>
  Object.keys((isObject(metadata) && metadata.annotations) || {});
const isMarked = (object: JsonObject) =>
  annotationsOf(object).some(key => /^cdk8s-shared-memory\/(contract\.|node-task)/.test(key));

const WHOLE = [
  ...['PersistentVolume', 'PersistentVolumeClaim', 'ResourceQuota', 'Namespace'],
  ...['ValidatingAdmissionPolicy', 'ValidatingAdmissionPolicyBinding'],
  ...['MutatingAdmissionPolicy', 'MutatingAdmissionPolicyBinding'],
];

/** A claim of storage that no node has, which is no concern of the page. */
const isOther = (object: JsonObject) =>
  kindOf(object) === 'PersistentVolumeClaim' && !JSON.stringify(object).includes('"volumeName"');

/** The objects of the examples that a reviewer approves, each with its example. */
const REVIEWED = EXAMPLES.flatMap(objects =>
  objects.flatMap((object, i) =>
    isMarked(object) || (WHOLE.includes(kindOf(object)) && !isOther(object))
      ? [{ objects, object, i }]
      : [],
  ),
);
/** One of them, by its number: what fails is then shown in one line. */
const oneOf = (some: typeof REVIEWED) => fc.nat(some.length - 1);

test('there are objects of all kinds to look at', () => {
  expect(new Set(REVIEWED.map(({ object }) => kindOf(object)))).toEqual(
    new Set([...WHOLE, 'DaemonSet', 'Deployment', 'StatefulSet', 'CronJob']),
  );
});

describe('the same objects have the same page, in any order', () => {
  const shuffled = (of: readonly Json[]) =>
    fc.tuple(fc.constant(of), fc.shuffledSubarray([...of], { minLength: of.length }));

  test('those of the examples', () => {
    fc.assert(
      fc.property(fc.constantFrom(...EXAMPLES).chain(shuffled), ([before, after]) => {
        expect(pageOf(after)).toBe(pageOf(before));
      }),
      { numRuns: 150 },
    );
  });

  test('any others, also if there are several of one name, and what lint finds in them', () => {
    const sets = fc.array(fc.constantFrom(...FILES), { minLength: 1, maxLength: 4 });
    const found = (objects: readonly Json[]) =>
      findingsInManifests(manifestsIn(objects))
        .map(({ rule, manifest, path, message }) =>
          JSON.stringify([rule.id, manifest?.name, path, message]),
        )
        .sort();
    fc.assert(
      fc.property(sets.map(all => all.flat()).chain(shuffled), ([before, after]) => {
        expect(pageOf(after)).toBe(pageOf(before));
        expect(found(after)).toEqual(found(before));
      }),
      { numRuns: 150 },
    );
  });

  test('the files in the order in which the command gets them, and their keys in any order', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sign-off-'));
    const before = process.cwd();
    try {
      cpSync(join(DIST, 'node-agents'), folder, { recursive: true });
      process.chdir(folder);
      writeFileSync('a.yaml', 'kind: [');
      writeFileSync('z.yaml', 'kind: {');
      const files = ['platform.k8s.yaml', 'shop.k8s.yaml', 'ledger.k8s.yaml', 'a.yaml', 'z.yaml'];
      const pages = [files, [...files].reverse(), [files[4], ...files.slice(0, 4)]];
      const [first, ...others] = await Promise.all(
        pages.map(async each => (await runMain('review', ...each)).out),
      );
      expect(first).toContain('## Sign-off');
      expect(others).toEqual([first, first]);
    } finally {
      process.chdir(before);
      rmSync(folder, { recursive: true });
    }
    for (const objects of EXAMPLES) {
      expect(digestOf(objects.map(reversedKeys))).toBe(digestOf(objects));
    }
  });
});

describe('another digest', () => {
  test('if a reviewed object is there twice, or not any more', () => {
    fc.assert(
      fc.property(oneOf(REVIEWED), fc.nat(), (which, at) => {
        const { objects, object, i } = REVIEWED[which];
        const digest = digestOf(objects);
        const place = at % (objects.length + 1);
        const twice = [...objects.slice(0, place), object, ...objects.slice(place)];
        expect(digestOf(twice)).not.toBe(digest);
        expect(digestOf(objects.filter((_, other) => other !== i))).not.toBe(digest);
      }),
      { numRuns: 150 },
    );
  });

  /** Changes one value of one of some objects, and expects another digest. */
  function eachValueCounts(some: typeof REVIEWED, isMeant: (path: string) => boolean): void {
    const values = oneOf(some).chain(which =>
      fc.tuple(
        fc.constant(which),
        fc.constantFrom(...leavesOf(some[which].object).filter(path => isMeant(path.join('.')))),
      ),
    );
    fc.assert(
      fc.property(values, ([which, path]) => {
        const { objects, object, i } = some[which];
        const other = objects.map((each, at) => (at === i ? changed(object, path) : each));
        return digestOf(other) !== digestOf(objects);
      }),
      { numRuns: 200 },
    );
  }

  test('if any value of a volume, a claim, a policy, a quota or a namespace is another one', () => {
    eachValueCounts(
      REVIEWED.filter(({ object }) => WHOLE.includes(kindOf(object))),
      () => true,
    );
  });

  test('if any value in the spec of a pod with host privileges is another one', () => {
    const agents = REVIEWED.filter(
      ({ object }) =>
        kindOf(object) === 'DaemonSet' && /"(hostPath|hostIPC)"/.test(JSON.stringify(object)),
    );
    expect(agents.length).toBeGreaterThan(20);
    eachValueCounts(agents, path => path.startsWith('spec.template.spec.'));
  });

  test('if a program of such a pod is in a ConfigMap, and changes there', () => {
    const objects = (text: string, uses: object) => [
      { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c' }, data: { run: text } },
      { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'other' }, data: { run: text } },
      {
        ...{ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' } },
        spec: { hostPID: true, containers: [{ name: 'a', image: 'a' }], ...uses },
      },
    ];
    const container = (more: object) => ({ containers: [{ name: 'a', image: 'a', ...more }] });
    for (const uses of [
      { volumes: [{ name: 'v', configMap: { name: 'c' } }] },
      { volumes: [{ name: 'v', projected: { sources: [{ configMap: { name: 'c' } }] } }] },
      container({ envFrom: [{ configMapRef: { name: 'c' } }] }),
      container({
        env: [{ name: 'X', valueFrom: { configMapKeyRef: { name: 'c', key: 'run' } } }],
      }),
    ]) {
      expect(digestOf(objects('a', uses) as Json[])).not.toBe(
        digestOf(objects('b', uses) as Json[]),
      );
    }
    expect(digestOf(objects('a', {}) as Json[])).toBe(digestOf(objects('b', {}) as Json[]));
  });

  test('if a workload is another one of many whose names a row leaves out', () => {
    const annotations = { 'cdk8s-shared-memory/acknowledge.SHM301': 'its code calls shmget' };
    const pod = (name: string) =>
      ({
        ...{ apiVersion: 'v1', kind: 'Pod', metadata: { name, annotations } },
        spec: { hostIPC: true, containers: [{ name: 'a', image: 'a' }] },
      }) as Json;
    const names = [...Array(12).keys()].map(i => `a${i + 10}`);
    const [before, after] = [names.map(pod), [...names.slice(0, -1), 'b'].map(pod)];
    const row = (objects: readonly Json[]) =>
      pageOf(objects)
        .split('\n')
        .find(line => line.includes('| `hostIPC` |'));
    expect(row(after)).toBe(row(before));
    expect(digestOf(after)).not.toBe(digestOf(before));
  });
});

test('it does not cover what other pods run, nor what has nothing to do with shared memory', () => {
  const same = EXAMPLES.map((objects, i) => {
    const service = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'other' } };
    const released = objects.map(object => {
      const isPlain =
        kindOf(object) === 'Deployment' &&
        isMarked(object) && // what no mark names is on the page, with its image
        !/hostPath|hostIPC|hostPID|"runAsUser":0/.test(JSON.stringify(object));
      return isPlain ? next(object) : object;
    });
    return [i, digestOf([...released, service]) === digestOf(objects)];
  });
  expect(same).toEqual(EXAMPLES.map((_, i) => [i, true]));
});

/** The next release of an app. */
function next(object: JsonObject): JsonObject {
  const text = JSON.stringify(object)
    .replace(/"image":"([^"]*)"/g, '"image":"$1-next"')
    .replace(/"env":\[/g, '"env":[{"name":"NEXT"},');
  return JSON.parse(text) as JsonObject;
}

/** The paths of the strings and numbers in an object. */
function leavesOf(object: JsonObject): string[][] {
  return pathsIn(object).filter(path => !isHolder(valueOf(object, path)));
}

function valueOf(object: Json | undefined, path: readonly string[]): unknown {
  return path.reduce<unknown>((here, key) => (here as Record<string, unknown>)[key], object);
}

function isHolder(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

/** A copy with another value at a path. */
function changed(object: JsonObject, path: readonly string[]): JsonObject {
  const copy = structuredClone(object);
  const holder = valueOf(copy, path.slice(0, -1)) as Record<string, unknown>;
  const key = path[path.length - 1];
  const value = holder[key];
  holder[key] =
    typeof value === 'number' ? value + 1 : typeof value === 'boolean' ? !value : `${value}x`;
  return copy;
}

describe('files', () => {
  const OTHERS = ['platform.k8s.yaml', 'shop.k8s.yaml', 'ledger.k8s.yaml'];

  /** REVIEW.md of an example whose first file has another name. */
  function named(name: string, change = (text: string) => text): string {
    const [first, ...rest] = OTHERS.map(file =>
      readFileSync(join(DIST, 'node-agents', file), 'utf8'),
    );
    const files = [[name, change(first)], ...rest.map((text, i) => [OTHERS[i + 1], text])];
    const manifests = files.flatMap(([file, text]) =>
      readDocuments(new Source(file, text)).documents.flatMap(document =>
        isObject(document.value) ? manifestsOf(document.value, document) : [],
      ),
    );
    const marked = new MarkedManifests(new ManifestSet(inOrder(manifests)));
    return reviewPage(marked, findingsInSet(marked));
  }
  const digest = (text: string) => /`sha256:([0-9a-f]{64})`/.exec(text)?.[1];

  test.each(['z.yaml', 'a/b (c)_d.yaml', 'x`y`.yaml', '[a](b).yaml', 'a\\b.yaml'])(
    'renaming one to %s keeps the digest',
    name => {
      expect(named(name)).not.toBe(named('platform.k8s.yaml'));
      expect(digest(named(name))).toBe(digest(named('platform.k8s.yaml')));
    },
  );

  test('fails to take out what is in code, and what is not the name of a file', () => {
    expect(withoutFiles('`[a](b)` | ``x`[a](b)`` | [a](b) | [b](b) | [c d](c%20d)')).toBe(
      '`[a](b)` | ``x`[a](b)`` | [a] | [] | []',
    );
  });

  test('what is escaped is neither code nor a link', () => {
    expect(withoutFiles('a \\` [web](x.yaml) \\` \\[b [api](y.yaml)')).toBe(
      'a \\` [web] \\` \\[b [api]',
    );
  });
});

test('equal quantities are the same', () => {
  const agents = (memory: string) =>
    digestOf(
      JSON.parse(
        JSON.stringify(EXAMPLES.flat()).replaceAll('"memory":"384Mi"', `"memory":"${memory}"`),
      ) as Json[],
    );
  expect(agents('393216Ki')).toBe(agents('384Mi'));
  expect(agents('402653184')).toBe(agents('384Mi'));
  expect(agents('393217Ki')).not.toBe(agents('384Mi'));
  const pod = (cpu: string, other: string) => [
    {
      ...{ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' } },
      spec: {
        hostPID: true,
        containers: [{ name: 'a', image: 'a', args: [other], resources: { limits: { cpu } } }],
      },
    },
  ];
  expect(digestOf(pod('1', 'x'))).toBe(digestOf(pod('1000m', 'x')));
  expect(digestOf(pod('100m', 'x'))).not.toBe(digestOf(pod('1', 'x')));
  expect(digestOf(pod('1', '1Ki'))).not.toBe(digestOf(pod('1', '1024'))); // no resource
});

test('the AppArmor profiles that annotations of the template give count, other annotations do not', () => {
  const agent = (annotations: object) =>
    digestOf([
      {
        ...{ apiVersion: 'apps/v1', kind: 'DaemonSet', metadata: { name: 'd' } },
        spec: {
          template: {
            metadata: { annotations: annotations as Json },
            spec: { hostPID: true, containers: [{ name: 'a', image: 'a' }] },
          },
        },
      },
    ]);
  const profile = (name: string) => ({
    'container.apparmor.security.beta.kubernetes.io/a': name,
  });
  expect(agent(profile('localhost/own'))).not.toBe(agent({}));
  expect(agent(profile('localhost/own'))).not.toBe(agent(profile('localhost/other')));
  expect(agent({ note: 'a' })).toBe(agent({ note: 'b' }));
});

test('it says what it does not cover', () => {
  expect(pageOf(EXAMPLES[0])).toContain(
    'Of other pods that share memory, it does not cover what they run: images, commands, variables, probes, ports, CPU, and volumes with configuration.',
  );
});
