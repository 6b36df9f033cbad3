import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { MINUTES, PROJECT, scratch, TYPESCRIPT } from './packed-app';

/** The tests of the rules in the installed package. */
export function packedRules(): void {
  describe('the rules', () => {
    const BAD = TYPESCRIPT.replace(
      'routes.attachTo(api);',
      `
ApiObject.of(api).addJsonPatch(JsonPatch.add('/spec/template/spec/volumes', [{ name: 'dshm', emptyDir: { medium: 'Memory' } }]));
ApiObject.of(api).addJsonPatch(JsonPatch.add('/spec/template/spec/containers/0/volumeMounts', [{ name: 'dshm', mountPath: '/dev/shm' }]));`,
    ).replace('App, Chart, Size', 'ApiObject, App, Chart, JsonPatch, Size');

    /** An app with a mistake, whose cdk8s.yaml has the library's own validation. */
    function app(name: string, text: string, properties: string): string {
      const path = join(scratch, name);
      mkdirSync(path);
      writeFileSync(join(path, 'main.ts'), text);
      writeFileSync(
        join(path, 'cdk8s.yaml'),
        [
          'language: typescript',
          'app: npx --no-install tsx main.ts',
          'output: dist',
          'validations:',
          '  - package: ../node_modules/cdk8s-shared-memory',
          `    version: ${JSON.parse(readFileSync(join(PROJECT, 'package.json'), 'utf8')).version}`,
          '    class: SharedMemoryValidation',
          `    properties: ${properties}`,
          '',
        ]
          .join('\n')
          .replace('../node_modules', './../node_modules'),
      );
      return path;
    }
    const synth = (path: string) => {
      const { CDK8S_OUTDIR: _, ...env } = process.env;
      return spawnSync('npx', ['--no-install', 'cdk8s', 'synth', '--no-check-upgrade'], {
        cwd: path,
        encoding: 'utf8',
        env,
      });
    };

    test(
      'are a validation of `cdk8s synth`, which names the construct and fails at the level that was asked for',
      () => {
        const path = app('validated', BAD, '{ failOn: warning }');
        const { status, stdout } = synth(path);
        expect(status).toBe(2);
        expect(stdout).toMatch(/SHM201 \(warning\)/);
        expect(stdout).toMatch(/Construct Path: shop\/api\/Resource/);
        expect(readdirSync(join(path, 'dist'))).toContain('shop.k8s.yaml');
        const passed = synth(app('passed', BAD, '{ failOn: warning, rules: { SHM201: note } }'));
        expect([passed.status, /SHM201 \(note\)/.test(passed.stdout)]).toEqual([0, true]);
      },
      MINUTES,
    );

    test(
      'fails with a property that nobody reads',
      () => {
        const { status, stdout, stderr } = synth(app('misspelt-property', BAD, '{ fail: error }'));
        expect(status).not.toBe(0);
        expect(stdout + stderr).toContain(
          'SharedMemoryValidation properties: fail: unknown; allowed pack, failOn, rules',
        );
      },
      MINUTES,
    );

    test(
      'are a command, in the folder that cdk8s has written',
      () => {
        const lint = (...args: string[]) =>
          spawnSync('npx', ['--no-install', 'cdk8s-shared-memory', 'lint', ...args], {
            cwd: scratch,
            encoding: 'utf8',
          });
        expect(lint('validated/dist').status).toBe(0);
        const { status, stdout } = lint('validated/dist', '--pack', 'strict');
        expect([status, stdout.match(/(?<=error )SHM\d+/g)]).toEqual([1, ['SHM201']]);
        expect(lint('--help').stdout).toContain('--fail-on <level>');
      },
      MINUTES,
    );
  });
}
