import * as fs from 'fs';
import * as path from 'path';
import { ApiObject, App, type AppProps, Chart, Testing, YamlOutputType } from 'cdk8s';
import * as newest from 'cdk8s-newest';
import { filesBelow, manifestsBelow } from './random-app';
import { configMap, freshOutdir, outdir } from './synth-outdir';
import { Review } from '../../src/synth/review';
import { ReviewApp } from '../../src/synth/review-app';
import { keepReasons } from '../../src/wire/reasons';

freshOutdir();

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
