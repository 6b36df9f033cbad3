import * as fs from 'fs';
import * as os from 'os';
import * as path from 'path';
import { ApiObject, App, Chart, YamlOutputType } from 'cdk8s';
import { filesBelow, manifestsBelow } from './random-app';
import { Review } from '../../src/synth/review';
import { ReviewApp, type ReviewAppProps } from '../../src/synth/review-app';

let outdir: string;
beforeEach(() => {
  outdir = fs.mkdtempSync(path.join(os.tmpdir(), 'shm-output-'));
});
afterEach(() => {
  jest.restoreAllMocks();
  delete process.env.CDK8S_OUTDIR;
  fs.rmSync(outdir, { recursive: true });
});

function configMap(scope: Chart, id: string, metadata: object = { name: id }): ApiObject {
  return new ApiObject(scope, id, { apiVersion: 'v1', kind: 'ConfigMap', metadata });
}

/** The error of an app, which must have written nothing. */
function errorOf(build: (app: App) => void, props: ReviewAppProps = {}): string {
  const before = filesBelow(outdir);
  const app = new ReviewApp({ outdir, ...props });
  build(app);
  let message = 'no error';
  try {
    app.synth();
  } catch (error) {
    message = (error as Error).message;
  }
  expect(filesBelow(outdir)).toEqual(before);
  return message;
}

describe('what would be written over each other', () => {
  test('fails where a chart renders an object twice, and names both', () => {
    expect(
      errorOf(app => {
        const chart = new Chart(app, 'c', { namespace: 'shop' });
        configMap(chart, 'one', { name: 'same' });
        configMap(chart, 'two', { name: 'same' });
      }),
    ).toBe(
      'SHM022 [c/two] metadata.name: given ConfigMap shop/same, which c/one renders too; allowed one object of a kind and name in a file: kubectl apply would keep the last one alone; ' +
        'fix: give one of them another name or namespace, or remove it',
    );
  });

  test('the same name in another namespace, kind or API group is another object, and so is that of another chart: of another cluster, say', () => {
    expect(
      errorOf(app => {
        const chart = new Chart(app, 'c');
        for (const namespace of ['a', 'b']) {
          configMap(chart, namespace, { name: 'same', namespace });
        }
        for (const apiVersion of ['apps/v1', 'example.com/v1']) {
          new ApiObject(chart, apiVersion, {
            apiVersion,
            kind: 'ConfigMap',
            metadata: { name: 'same', namespace: 'a' },
          });
        }
        configMap(new Chart(app, 'd'), 'a', { name: 'same', namespace: 'a' });
        chart.node.addValidation({ validate: () => ['up to here'] });
      }),
    ).toContain('up to here');
  });

  test("fails where one file is of two charts' objects alike", () => {
    const twoClusters = (app: App) =>
      ['dev', 'prod'].forEach(id => configMap(new Chart(app, id), 'same'));
    expect(errorOf(twoClusters, { yamlOutputType: YamlOutputType.FILE_PER_APP })).toContain(
      'SHM022 [prod/same] metadata.name: given ConfigMap same, which dev/same renders too',
    );
    expect(errorOf(twoClusters, { yamlOutputType: YamlOutputType.FILE_PER_RESOURCE })).toBe(
      `SHM022 [prod/same] file: given ${path.join(outdir, 'ConfigMap.same.k8s.yaml')}, to which dev/same is written, too; allowed a file of its own for each chart or object: the second would replace the first; ` +
        'fix: write YamlOutputType.FILE_PER_CHART; or FOLDER_PER_CHART_FILE_PER_RESOURCE, with one of them in a chart of its own; or give it another name',
    );
  });

  test('fails where an object is in a List, too', () => {
    expect(
      errorOf(app => {
        const chart = new Chart(app, 'c');
        const item = configMap(chart, 'one').toJson();
        configMap(chart, 'list').toJson = () => ({ apiVersion: 'v1', kind: 'List', items: [item] });
      }),
    ).toContain('SHM022 [c/list] metadata.name: given ConfigMap one, which c/one renders too');
  });

  test.each([
    ['.sarif', 'review'],
    ['.json', 'construct-metadata'],
    ['.md', 'review'],
  ])(
    'fails where the ending %s gives a manifest the name of a report',
    (outputFileExtension, id) => {
      expect(
        errorOf(app => configMap(new Chart(app, id), 'a'), {
          outputFileExtension,
          recordConstructMetadata: true,
        }),
      ).toBe(
        `SHM022 [app] outputFileExtension: given "${outputFileExtension}", by which a manifest is ${path.join(outdir, id + outputFileExtension)}; ` +
          'allowed an ending by which no manifest has the name of a report, or of what `cdk8s synth` asks for: one would replace the other; fix: leave outputFileExtension out, or give the chart another id',
      );
    },
  );

  test('fails where two apps of a process write to one folder, and the reports of the second would speak of half of it', () => {
    const app = new ReviewApp({ outdir });
    configMap(new Chart(app, 'platform'), 'a');
    app.synth();
    app.synth();
    expect(errorOf(other => configMap(new Chart(other, 'shop'), 'a'))).toBe(
      `SHM022 [app] outdir: given ${JSON.stringify(outdir)}, to which another app of this process wrote ${path.join(outdir, 'platform.k8s.yaml')}; ` +
        'allowed one app for a folder: manifests and reports of the second would replace those of the first; fix: give each app an outdir of its own, or make one app of both',
    );
  });

  test('fails where two apps of a process write the same file of one folder, whatever its name', () => {
    const link = path.join(outdir, 'link');
    fs.mkdirSync(path.join(outdir, 'folder'));
    fs.symlinkSync(path.join(outdir, 'folder'), link);
    const write = (folder: string, name: string) => {
      const app = new ReviewApp({ outdir: folder, yamlOutputType: YamlOutputType.FILE_PER_APP });
      configMap(new Chart(app, name), name);
      app.synth();
    };
    write(path.join(outdir, 'folder'), 'dev');
    write(link, 'dev'); // says the same, so nothing is lost
    expect(() => write(link, 'prod')).toThrow(
      `SHM022 [app] outdir: given ${JSON.stringify(link)}, to which another app of this process wrote ${path.join(link, 'app.k8s.yaml')}; `,
    );
    expect(manifestsBelow(path.join(outdir, 'folder'))['app.k8s.yaml']).toContain('name: dev');
  });

  test('what is in the folder of another run is not lost, but it is said that the reports do not speak of it', () => {
    fs.writeFileSync(path.join(outdir, 'old.k8s.yaml'), 'old');
    fs.writeFileSync(path.join(outdir, 'notes.txt'), 'mine');
    const said = jest.spyOn(process.stderr, 'write').mockReturnValue(true);
    const app = new ReviewApp({ outdir });
    configMap(new Chart(app, 'c'), 'a');
    app.synth();
    expect(said.mock.calls).toEqual([
      [
        `cdk8s-shared-memory: ${path.join(outdir, 'old.k8s.yaml')} is not of this app, and REVIEW.md does not speak of it: delete it if its chart is gone\n`,
      ],
    ]);
    expect(filesBelow(outdir)).toMatchObject({ 'old.k8s.yaml': 'old', 'notes.txt': 'mine' });
  });
});

describe('what is no Kubernetes object', () => {
  test.each([
    ['apiVersion', { kind: 'A', metadata: { name: 'a' } }, 'nothing'],
    ['kind', { apiVersion: 'v1', metadata: { name: 'a' } }, 'nothing'],
    ['kind', { apiVersion: 'v1', kind: '', metadata: { name: 'a' } }, '""'],
    ['metadata.name', { apiVersion: 'v1', kind: 'A', metadata: {} }, 'nothing'],
    ['metadata.name', { apiVersion: 'v1', kind: 'A' }, 'nothing'],
  ])('fails without %s', (field, json, given) => {
    expect(
      errorOf(app => {
        configMap(new Chart(app, 'c'), 'a').toJson = () => json;
      }),
    ).toBe(
      `SHM023 [c/a] ${field}: given ${given}; allowed apiVersion, kind and metadata.name, as kubectl apply needs them; fix: let the construct render them, or remove it`,
    );
  });

  test('a List has no name, and generateName is one', () => {
    const app = new ReviewApp({ outdir });
    const chart = new Chart(app, 'c');
    configMap(chart, 'a').toJson = () => ({ apiVersion: 'v1', kind: 'List', items: [] });
    configMap(chart, 'b').toJson = () => ({
      apiVersion: 'v1',
      kind: 'Job',
      metadata: { generateName: 'b-' },
    });
    app.synth();
    expect(Object.keys(manifestsBelow(outdir))).toEqual(['c.k8s.yaml']);
  });
});

describe('the output folder', () => {
  const build = (app: App) => {
    configMap(new Chart(app, 'c'), 'a');
  };

  test.each([
    ['file', 'ENOTDIR|EEXIST'],
    ['file/below', 'ENOTDIR|EEXIST'],
  ])('fails where it is %s', (folder, code) => {
    fs.writeFileSync(path.join(outdir, 'file'), 'mine');
    expect(errorOf(build, { outdir: path.join(outdir, folder) })).toMatch(
      new RegExp(
        `^SHM024 \\[app\\] outdir: given ".*/${folder}": (${code}).*; allowed a folder that can be written; fix: there is a file of that name: remove it`,
      ),
    );
  });

  test.each([
    ['EACCES', 'make it writable'],
    ['EROFS', 'read-only file system'],
    ['ENOSPC', 'free some space'],
  ])('fails on %s, with the way out', (code, fix) => {
    const real = jest.requireActual<typeof fs>('fs');
    jest.spyOn(real, 'writeFileSync').mockImplementation(() => {
      throw Object.assign(new Error(`${code}: no`), { code });
    });
    expect(errorOf(build)).toMatch(
      new RegExp(`^SHM024 \\[app\\] outdir: given ".*": ${code}: no; .*${fix}`),
    );
  });

  test('fails where cdk8s synth looks somewhere else', () => {
    process.env.CDK8S_OUTDIR = 'dist';
    expect(errorOf(build)).toBe(
      `SHM024 [app] outdir: given ${JSON.stringify(outdir)}; allowed "dist", where cdk8s synth looks for manifests (CDK8S_OUTDIR), or a folder in it; ` +
        'fix: leave outdir out of the app, and write output: into cdk8s.yaml, or run the app without cdk8s synth',
    );
  });

  test('a folder below that of cdk8s synth is one in which it looks', () => {
    process.env.CDK8S_OUTDIR = outdir;
    const app = new ReviewApp({ outdir: path.join(outdir, 'prod') });
    build(app);
    app.synth();
    expect(Object.keys(manifestsBelow(path.join(outdir, 'prod')))).toEqual(['c.k8s.yaml']);
  });
});

test('nothing but manifests has an ending by which kubectl finds them', () => {
  const { FILE_PER_APP, FILE_PER_RESOURCE, FOLDER_PER_CHART_FILE_PER_RESOURCE, FILE_PER_CHART } =
    YamlOutputType;
  for (const yamlOutputType of [
    FILE_PER_APP,
    FILE_PER_RESOURCE,
    FOLDER_PER_CHART_FILE_PER_RESOURCE,
    FILE_PER_CHART,
  ]) {
    const folder = path.join(outdir, String(yamlOutputType));
    const app = new App({ outdir: folder, yamlOutputType });
    configMap(new Chart(app, 'c'), 'a');
    Review.synth(app);
    const names = Object.keys(filesBelow(folder))
      .filter(name => !name.endsWith('/'))
      .map(name => path.basename(name))
      .sort();
    const manifests = names.filter(name => /\.(json|ya?ml)$/.test(name));
    expect(manifests).toEqual([expect.stringMatching(/\.k8s\.yaml$/)]);
    expect(names.filter(name => !manifests.includes(name))).toEqual(['REVIEW.md', 'review.sarif']);
  }
});
