import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { COMMON_JS, ESM, filesIn, renderedHere } from './consumer';
import { schemaErrors } from './kubernetes/schema';
import { MINUTES, PROJECT, run, runIn, scratch, tarball, version } from './packed-app';

/** The tests of the installed package with each kind of modules. */
export function packedModules(): void {
  describe('an app with workloads of two cdk8s-plus, and the agent on nodes and in pods', () => {
    let here: Record<string, string>;
    beforeAll(() => {
      here = renderedHere(join(scratch, 'here'));
    });

    /** A folder of the scratch app with one file, of a module kind of its own. */
    function folder(
      name: string,
      type: 'module' | 'commonjs',
      file: string,
      text: string,
      compilerOptions: object = {},
    ): string {
      const path = join(scratch, name);
      mkdirSync(path);
      writeFileSync(join(path, 'package.json'), JSON.stringify({ type }));
      writeFileSync(
        join(path, 'tsconfig.json'),
        JSON.stringify({
          extends: '../tsconfig.json',
          compilerOptions: { noEmit: false, ...compilerOptions },
          files: [file],
        }),
      );
      writeFileSync(join(path, file), text);
      return path;
    }

    test('is what it should be', () => {
      expect(Object.keys(here)).toEqual([
        'REVIEW.md',
        'RUNBOOK.md',
        'platform.k8s.yaml',
        'review.sarif',
        'shop.k8s.yaml',
      ]);
      const objects = [here['platform.k8s.yaml'], here['shop.k8s.yaml']].flatMap(text =>
        parseAllDocuments(text).map(document => document.toJS()),
      );
      expect(objects.map(({ kind }) => kind)).toEqual([
        'DaemonSet',
        'Deployment',
        'Deployment',
        'Deployment',
      ]);
      expect(objects.flatMap(object => schemaErrors(object))).toEqual([]);
      expect(here['shop.k8s.yaml'].match(/claimName: routes-table-v1-ro/g)).toHaveLength(2);
    });

    test.each([
      ['ES modules', 'module', ESM],
      ['CommonJS modules', 'commonjs', COMMON_JS],
    ] as const)('renders the same bytes as JavaScript with %s', (_, type, text) => {
      const app = folder(`js-${type}`, type, 'main.js', text);
      runIn(app, 'node', 'main.js');
      expect(filesIn(join(app, 'out'))).toEqual(here);
    });

    test.each([
      ['node16 and ES modules', 'module', { module: 'node16', moduleResolution: 'node16' }],
      ['node16 and CommonJS modules', 'commonjs', { module: 'node16', moduleResolution: 'node16' }],
      ['a bundler', 'module', { module: 'esnext', moduleResolution: 'bundler' }],
      [
        'isolatedModules and verbatimModuleSyntax',
        'module',
        { module: 'node16', isolatedModules: true, verbatimModuleSyntax: true },
      ],
    ] as const)(
      'type-checks and renders the same bytes as TypeScript for %s',
      (name, type, options) => {
        const app = folder(`ts-${name.replaceAll(' ', '-')}`, type, 'main.ts', ESM, options);
        run('npx', '--no-install', 'tsc', '-p', app);
        runIn(app, 'node', 'main.js');
        expect(filesIn(join(app, 'out'))).toEqual(here);
      },
    );

    test('Node.js finds every name of the package for an import', () => {
      const print =
        'import * as all from "cdk8s-shared-memory"; import { createRequire } from "node:module"; ' +
        'console.log(JSON.stringify([Object.keys(all), Object.keys(createRequire(process.cwd() + "/x.js")("cdk8s-shared-memory"))]))';
      const [imported, required]: string[][] = JSON.parse(
        run('node', '--input-type=module', '-e', print),
      );
      expect(required.length).toBeGreaterThan(10);
      expect(imported).toEqual(expect.arrayContaining(required));
    });

    test(
      'type-checks and renders the same bytes below pnpm, which gives a package what it declares and no more',
      () => {
        // not below the scratch app, whose node_modules would help out
        const app = mkdtempSync(join(tmpdir(), 'cdk8s-shared-memory-pnpm-'));
        try {
          const dependencies = Object.fromEntries(
            ['cdk8s', 'cdk8s-plus-27', 'cdk8s-plus-33', 'constructs'].map(name => [
              name,
              version(name),
            ]),
          );
          writeFileSync(
            join(app, 'package.json'),
            JSON.stringify({
              private: true,
              type: 'module',
              dependencies: { ...dependencies, 'cdk8s-shared-memory': `file:${tarball}` },
            }),
          );
          writeFileSync(join(app, 'main.ts'), ESM);
          const bin = join(PROJECT, 'node_modules', '.bin');
          const settings = [
            'node-linker=isolated',
            'auto-install-peers=false',
            'strict-peer-dependencies=true',
            `store-dir=${join(app, '.store')}`,
          ];
          runIn(
            app,
            join(bin, 'pnpm'),
            'install',
            '--ignore-scripts',
            '--prefer-offline',
            ...settings.map(setting => `--config.${setting}`),
          );
          expect(
            readdirSync(join(app, 'node_modules'))
              .filter(name => !name.startsWith('.'))
              .sort(),
          ).toEqual([
            'cdk8s',
            'cdk8s-plus-27',
            'cdk8s-plus-33',
            'cdk8s-shared-memory',
            'constructs',
          ]);
          runIn(
            app,
            join(bin, 'tsc'),
            '--strict',
            '--module',
            'node16',
            '--target',
            'ES2022',
            '--lib',
            'ES2022',
            'main.ts',
          );
          runIn(app, 'node', 'main.js');
          expect(filesIn(join(app, 'out'))).toEqual(here);
        } finally {
          rmSync(app, { recursive: true, force: true });
        }
      },
      5 * MINUTES,
    );
  });
}
