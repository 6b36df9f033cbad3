import * as fs from 'fs';
import * as path from 'path';
import { App, Chart, Lazy } from 'cdk8s';
import { filesBelow, forgetApps, manifestsBelow } from './random-app';
import { configMap, freshOutdir, outdir } from './synth-outdir';
import { ReviewApp } from '../../src/synth/review-app';

freshOutdir();

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
