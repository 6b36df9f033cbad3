import * as fs from 'fs';
import * as os from 'os';
import * as path from 'path';
import { ApiObject, App, type AppProps, Chart, Lazy, Testing, YamlOutputType } from 'cdk8s';
import * as newest from 'cdk8s-newest';
import { filesBelow, forgetApps, manifestsBelow } from './random-app';
import { Review } from '../../src/synth/review';
import { ReviewApp } from '../../src/synth/review-app';
import { keepReasons } from '../../src/wire/reasons';

let outdir: string;
beforeEach(() => {
  outdir = fs.mkdtempSync(path.join(os.tmpdir(), 'shm-review-'));
});
afterEach(() => {
  jest.restoreAllMocks();
  fs.rmSync(outdir, { recursive: true });
});

function configMap(scope: Chart, id: string, data: unknown = { k: 'v' }): ApiObject {
  return new ApiObject(scope, id, {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: id },
    data,
  });
}

/** Gives a reason for a field, as an edit does. */
function explain(object: ApiObject, pointer: string, reason: string): void {
  const render = object.toJson.bind(object);
  Object.defineProperty(object, 'toJson', {
    value: () => {
      const json = render();
      keepReasons(json, new Map([[pointer, [reason]]]));
      return json;
    },
  });
}

function explainedApp(app: App): void {
  const chart = new Chart(app, 'c');
  configMap(chart, 'one');
  explain(configMap(chart, 'two'), '/data/k', 'so {{ that }} it works');
}

const EXPLAINED = `apiVersion: v1
kind: ConfigMap
metadata:
  name: one
data:
  k: v
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: two
data:
  # so {{ that }} it works
  k: v
`;

describe('reasons as comments', () => {
  test('ReviewApp writes them, and has them in synthYaml', () => {
    const app = new ReviewApp({ outdir });
    explainedApp(app);
    app.synth();
    expect(manifestsBelow(outdir)).toEqual({ 'c.k8s.yaml': EXPLAINED });
    expect(app.synthYaml()).toBe(EXPLAINED);
  });

  test('a ReviewApp is an App to everything else', () => {
    const app = new ReviewApp({ outdir });
    explainedApp(app);
    expect(app).toBeInstanceOf(App);
    expect(App.of(app.charts[0])).toBe(app);
    expect(Testing.synth(app.charts[0])[1].metadata).toEqual({ name: 'two' });
  });

  test('Review.synth writes them for an app of any class, also from its own synth()', () => {
    class OwnApp extends App {
      public synth(): void {
        Review.synth(this);
      }
    }
    const app = new OwnApp({ outdir, outputFileExtension: '.yaml', recordConstructMetadata: true });
    explainedApp(app);
    app.synth();
    expect(manifestsBelow(outdir)).toEqual({
      'c.yaml': EXPLAINED,
      'construct-metadata.json':
        '{"version":"1.0.0","resources":{"one":{"path":"c/one"},"two":{"path":"c/two"}}}',
    });
  });

  test('Review.synth writes them for an app from another copy of cdk8s', () => {
    const app = new newest.App({ outdir, yamlOutputType: newest.YamlOutputType.FILE_PER_APP });
    explainedApp(app as unknown as App);
    const chart = new newest.Chart(app, 'other');
    new newest.ApiObject(chart, 'three', {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'three' },
    });
    Review.synth(app as unknown as App);
    expect(manifestsBelow(outdir)).toEqual({
      'app.k8s.yaml': `${EXPLAINED}---\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: three\n`,
    });
  });

  describe('in Helm format', () => {
    const written = (folder: string) => {
      const app = new ReviewApp({ outdir: path.join(outdir, folder) });
      explainedApp(app);
      app.synth();
      return filesBelow(outdir);
    };
    const HELM = EXPLAINED.replace('{{ that }}', '{ { that } }');

    test.each([
      ['chart/templates', 'chart/'],
      ['templates', ''],
    ])(
      'in %s, there is nothing in them to evaluate, and reports are beside it',
      (folder, chart) => {
        const files = written(folder);
        expect(files[`${folder}/c.k8s.yaml`]).toBe(HELM);
        expect(Object.keys(files).filter(name => /^[A-Zr].*/.test(path.basename(name)))).toEqual([
          `${chart}REVIEW.md`,
          `${chart}review.sarif`,
        ]);
      },
    );

    test('below the templates of a chart too', () => {
      fs.mkdirSync(path.join(outdir, 'chart'));
      fs.writeFileSync(path.join(outdir, 'chart', 'Chart.yaml'), 'name: chart');
      const files = written('chart/templates/sub');
      expect(files['chart/templates/sub/c.k8s.yaml']).toBe(HELM);
      expect(Object.keys(files).filter(name => name.endsWith('REVIEW.md'))).toEqual([
        'chart/REVIEW.md',
      ]);
    });

    test("a folder of that name somewhere above is none of Helm's: nothing is written outside of the output folder", () => {
      expect(Object.keys(written('templates/app/dist')).sort()).toEqual(
        ['REVIEW.md', 'c.k8s.yaml', 'review.sarif']
          .map(name => `templates/app/dist/${name}`)
          .concat('templates/', 'templates/app/', 'templates/app/dist/')
          .sort(),
      );
    });
  });
});

describe('files', () => {
  const files = (props: AppProps, build: (app: App) => void) => {
    const app = new ReviewApp({ outdir, ...props });
    build(app);
    app.synth();
    return Object.keys(manifestsBelow(outdir));
  };
  const nested = (app: App) => {
    const chart = new Chart(app, 'outer');
    configMap(chart, 'one');
    configMap(new Chart(chart, 'inner'), 'two');
  };

  test.each([
    [YamlOutputType.FILE_PER_APP, ['app.k8s.yaml']],
    [YamlOutputType.FILE_PER_CHART, ['0000-outer-inner-c841ea9b.k8s.yaml', '0001-outer.k8s.yaml']],
    [YamlOutputType.FILE_PER_RESOURCE, ['ConfigMap.one.k8s.yaml', 'ConfigMap.two.k8s.yaml']],
    [
      YamlOutputType.FOLDER_PER_CHART_FILE_PER_RESOURCE,
      [
        '0000-outer-inner-c841ea9b/',
        '0000-outer-inner-c841ea9b/ConfigMap.two.k8s.yaml',
        '0001-outer/',
        '0001-outer/ConfigMap.one.k8s.yaml',
      ],
    ],
  ])('of output type %s', (yamlOutputType, expected) => {
    expect(files({ yamlOutputType }, nested).sort()).toEqual(expected);
  });

  test('of one app without charts: none', () => {
    expect(files({ yamlOutputType: YamlOutputType.FILE_PER_APP }, () => undefined)).toEqual([]);
  });

  test('the folder is that of the environment, or else dist', () => {
    const before = process.env.CDK8S_OUTDIR;
    process.env.CDK8S_OUTDIR = 'from-env';
    expect(new ReviewApp().outdir).toBe('from-env');
    delete process.env.CDK8S_OUTDIR;
    expect(new ReviewApp().outdir).toBe('dist');
    if (before !== undefined) {
      process.env.CDK8S_OUTDIR = before;
    }
  });

  test('the environment can ask for metadata', () => {
    process.env.CDK8S_RECORD_CONSTRUCT_METADATA = 'true';
    try {
      expect(files({ yamlOutputType: YamlOutputType.FILE_PER_APP }, explainedApp)).toEqual([
        'app.k8s.yaml',
        'construct-metadata.json',
      ]);
    } finally {
      delete process.env.CDK8S_RECORD_CONSTRUCT_METADATA;
    }
  });
});

describe('what is on the disk after an error', () => {
  /**
   * Writes an app, then one that fails; gives the error. What is on the disk must be of the first.
   */
  const failing = (build: (app: App, chart: Chart) => void) => {
    const synth = (more: (app: App, chart: Chart) => void) => {
      const app = new ReviewApp({ outdir });
      const chart = new Chart(app, 'c');
      more(app, chart);
      app.synth();
    };
    synth((_, chart) => configMap(chart, 'old'));
    forgetApps();
    const before = filesBelow(outdir);
    let message = '';
    try {
      synth(build);
    } catch (error) {
      message = (error as Error).message;
    }
    expect(filesBelow(outdir)).toEqual(before);
    return message;
  };

  test('fails on an object that cannot be rendered: the files of the earlier run', () => {
    expect(
      failing((_, chart) => {
        configMap(chart, 'fine');
        configMap(
          chart,
          'broken',
          Lazy.any({
            produce: () => {
              throw new Error('no');
            },
          }),
        );
      }),
    ).toBe("Failed serializing construct at path 'c/broken' with name 'broken': Error: no");
  });

  test('fails on an object in a later chart: the files of the earlier run', () => {
    expect(
      failing((app, chart) => {
        configMap(chart, 'fine');
        configMap(
          new Chart(app, 'd'),
          'broken',
          Lazy.any({
            produce: () => {
              throw new Error('no');
            },
          }),
        );
      }),
    ).toBe("Failed serializing construct at path 'd/broken' with name 'broken': Error: no");
  });

  test('fails on a validation: the files of the earlier run', () => {
    expect(failing((_, chart) => chart.node.addValidation({ validate: () => ['wrong'] }))).toBe(
      'Validation failed with the following errors:\n  [c] wrong',
    );
  });

  test('fails on a cycle, in the words of cdk8s: the files of the earlier run', () => {
    expect(
      failing((_, chart) => {
        const a = configMap(chart, 'a');
        a.addDependency(configMap(chart, 'b'));
        chart.node.findChild('b').node.addDependency(a);
      }),
    ).toBe('Dependency cycle detected: c/a => c/b => c/a');
  });

  test('fails on a value that is no YAML: the files of the earlier run', () => {
    expect(
      failing((_, chart) => {
        const object = configMap(chart, 'a');
        object.toJson = () => ({
          apiVersion: 'v1',
          kind: 'ConfigMap',
          metadata: { name: 'a' },
          data: () => 1,
        });
      }),
    ).toBe('Tag not resolved for Function value');
  });

  test('fails where nothing was written yet: not even the folder', () => {
    const app = new ReviewApp({ outdir: path.join(outdir, 'new') });
    const a = configMap(new Chart(app, 'c'), 'a');
    a.addDependency(configMap(Chart.of(a), 'b'));
    Chart.of(a).node.findChild('b').node.addDependency(a);
    expect(() => app.synth()).toThrow('Dependency cycle detected: c/a => c/b => c/a');
    expect(fs.existsSync(path.join(outdir, 'new'))).toBe(false);
  });

  test('fails on a full disk: the files of the earlier run, and nothing temporary', () => {
    const real = jest.requireActual<typeof fs>('fs');
    const write = real.writeFileSync;
    expect(
      failing((app, chart) => {
        configMap(chart, 'new');
        configMap(new Chart(app, 'd'), 'new');
        let calls = 0;
        jest.spyOn(real, 'writeFileSync').mockImplementation((file, data, options) => {
          write(file, String(data).slice(0, 10), options);
          if (++calls === 2) {
            throw Object.assign(new Error('ENOSPC: no space left on device, write'), {
              code: 'ENOSPC',
            });
          }
        });
      }),
    ).toContain('SHM024 [app] outdir: given');
  });

  test('fails where a folder is in the place of a file: the files of the earlier run', () => {
    fs.mkdirSync(path.join(outdir, 'd.k8s.yaml'));
    expect(
      failing((app, chart) => {
        configMap(chart, 'new');
        configMap(new Chart(app, 'd'), 'new');
      }),
    ).toBe(
      `SHM024 [app] outdir: given ${JSON.stringify(outdir)}: EISDIR: ${path.join(outdir, 'd.k8s.yaml')} is a folder; allowed a folder that can be written; fix: there is a folder of that name: remove it, or write to another folder`,
    );
  });

  test('fails where a name is too long for the disk: the files of the earlier run', () => {
    expect(
      failing((app, chart) => {
        configMap(chart, 'new');
        configMap(new Chart(app, 'd'), 'new');
        Object.defineProperty(app, 'outputFileExtension', { value: `.${'x'.repeat(300)}` });
      }),
    ).toMatch(/^SHM024 \[app\] outdir: given ".*": ENAMETOOLONG/);
  });
});

test('fails on what depends on itself, which cdk8s leaves out without a word', () => {
  const build = (app: App) => {
    const chart = new Chart(app, 'c');
    configMap(chart, 'a').addDependency(configMap(chart, 'b'));
    const self = configMap(chart, 'self');
    self.addDependency(self);
    app.synth();
    return manifestsBelow(outdir);
  };
  expect(() => build(new ReviewApp({ outdir }))).toThrow(
    'SHM025 [c/self] dependencies: given a construct that depends on itself; allowed dependencies on others: cdk8s would leave it out without a word; fix: remove this dependency',
  );
  expect(filesBelow(outdir)).toEqual({});
  expect(build(new App({ outdir }))['c.k8s.yaml']).not.toContain('self');
});
