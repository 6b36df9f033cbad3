import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { MINUTES, PROJECT, runIn, scratch } from './packed-app';

const HOOKS = '.pre-commit-hooks.yaml';
const MANIFEST = `apiVersion: v1
kind: Pod
metadata: { name: a }
spec:
  hostPID: true
  shareProcessNamespace: true
  containers: [{ name: a, image: registry.example.com/a:1 }]
`;
const RIGHT = MANIFEST.replace('  shareProcessNamespace: true\n', '');

interface Step {
  readonly name: string;
  readonly if?: string;
  readonly run: string;
  readonly shell: string;
  readonly env: Record<string, string>;
}
interface Action {
  readonly inputs: Record<string, { description: string; default: string }>;
  readonly outputs: Record<string, { description: string; value: string }>;
  readonly runs: { using: string; steps: Step[] };
}

const parsed = <T>(folder: string, name: string) =>
  parse(readFileSync(join(folder, name), 'utf8')) as T;
const installed = () => join(scratch, 'node_modules', 'cdk8s-shared-memory');

/** A git repository whose dependencies are those of the app. */
function repository(name: string, files: Record<string, string>): string {
  const folder = join(scratch, name);
  mkdirSync(join(folder, 'my manifests'), { recursive: true });
  Object.entries(files).forEach(([file, text]) => writeFileSync(join(folder, file), text));
  runIn(folder, 'git', 'init', '-q');
  runIn(folder, 'git', 'add', '.');
  return folder;
}

/** The tests of what other tools read in the installed package. */
export function packedIntegrations(): void {
  describe('the hook for pre-commit', () => {
    const [hook] = parsed<Record<string, unknown>[]>(PROJECT, HOOKS);

    test('is in the package, with what pre-commit needs', () => {
      expect(parsed(installed(), HOOKS)).toEqual([hook]);
      expect(hook).toMatchObject({
        id: 'cdk8s-shared-memory',
        name: expect.any(String),
        entry: expect.any(String),
        language: 'system',
        types: ['yaml'],
        require_serial: true,
      });
    });

    /** Runs the hook as pre-commit does: with its arguments and the staged files of its types. */
    function commit(name: string, files: Record<string, string>, ...args: string[]) {
      const folder = repository(name, files);
      const staged = runIn(folder, 'git', 'diff', '--cached', '--name-only', '-z', '--', '*.y*ml');
      const [command, ...words] = String(hook.entry).split(' ');
      return spawnSync(command, [...words, ...args, ...staged.split('\0').filter(Boolean)], {
        cwd: folder,
        encoding: 'utf8',
      });
    }

    test(
      'fails with a finding in a staged file, and passes over what is no manifest',
      () => {
        const others = { 'workflow.yml': 'on: push\n', 'values.yaml': 'replicas: 2\n' };
        const wrong = commit('hook-wrong', { ...others, 'my manifests/a.yaml': MANIFEST });
        expect([wrong.status, wrong.stdout]).toEqual([1, expect.stringContaining('error SHM313')]);
        expect(commit('hook-right', { ...others, 'a.yaml': RIGHT }).status).toBe(0);
        expect(commit('hook-none', others).status).toBe(0);
        const never = { 'a.yaml': MANIFEST };
        expect(commit('hook-arguments', never, '--fail-on', 'never').status).toBe(0);
      },
      MINUTES,
    );
  });

  describe('the action for GitHub', () => {
    const action = parsed<Action>(PROJECT, 'action.yml');

    test('is in the package, with what GitHub needs', () => {
      expect(parsed(installed(), 'action.yml')).toEqual(action);
      expect(Object.keys(action)).toEqual(['name', 'description', 'inputs', 'outputs', 'runs']);
      expect(action.runs.using).toBe('composite');
      for (const step of action.runs.steps) {
        expect(step.shell).toBe('bash');
        expect(step.run).not.toContain('${{'); // the text of an input must not become a script
      }
    });

    /** Runs the steps as GitHub does, with the inputs that are given. */
    function job(name: string, files: Record<string, string>, given: Record<string, string>) {
      const folder = repository(name, files);
      const [summary, outputs] = ['summary', 'outputs'].map(file => join(folder, file));
      writeFileSync(summary, '');
      writeFileSync(outputs, '');
      const input = (expression: string) =>
        expression.replace(
          /^\$\{\{ inputs\.(\S+) \}\}$/,
          (_, key: string) => given[key] ?? action.inputs[key].default,
        );
      const ran = action.runs.steps
        .filter(step => step.if === undefined || given['fix-dry-run'] === 'true')
        .map(step => {
          const script = join(folder, `${step.name}.sh`);
          writeFileSync(script, step.run);
          return spawnSync('bash', ['--noprofile', '--norc', '-eo', 'pipefail', script], {
            cwd: folder,
            encoding: 'utf8',
            env: {
              ...process.env,
              ...Object.fromEntries(
                Object.entries(step.env).map(([key, value]) => [key, input(value)]),
              ),
              GITHUB_ACTION_PATH: installed(),
              GITHUB_OUTPUT: outputs,
              GITHUB_STEP_SUMMARY: summary,
              RUNNER_TEMP: folder,
            },
          });
        });
      return {
        folder,
        codes: ran.map(({ status }) => status),
        out: ran.map(({ stdout }) => stdout).join(''),
        summary: readFileSync(summary, 'utf8'),
        patch: /^patch=(.*)$/m.exec(readFileSync(outputs, 'utf8'))?.[1],
      };
    }

    test(
      'annotates findings, and fails at the level',
      () => {
        const wrong = { 'a.yaml': MANIFEST, 'my manifests/b.yaml': MANIFEST };
        const paths = 'a.yaml\nmy manifests\n';
        const { codes, out, summary } = job('action-wrong', wrong, { paths });
        expect(codes).toEqual([1]);
        expect(out).toMatch(/^::error file=a\.yaml,.*SHM313/m);
        expect(out).toMatch(/^::error file=my manifests\/b\.yaml,.*SHM313/m);
        expect(summary).toContain('SHM313');
        expect(job('action-never', wrong, { paths, 'fail-on': 'never' }).codes).toEqual([0]);
        expect(job('action-right', { 'a.yaml': RIGHT }, { paths: 'a.yaml' }).codes).toEqual([0]);
        const since = { paths: 'a.yaml', since: 'my manifests/b.yaml' };
        expect(job('action-since', wrong, since).codes).toEqual([0]);
        const script = { paths: 'a.yaml$(touch injected)\n' };
        const { folder, codes: scripted } = job('action-script', { 'a.yaml': RIGHT }, script);
        expect([scripted, existsSync(join(folder, 'injected'))]).toEqual([[2], false]);
      },
      MINUTES,
    );

    test(
      'shows what lint --fix would change, as a patch that git applies',
      () => {
        const inputs = { paths: 'a.yaml', 'fix-dry-run': 'true' };
        const { folder, codes, summary, patch } = job('action-fix', { 'a.yaml': MANIFEST }, inputs);
        expect(codes).toEqual([1, 0]);
        expect(summary).toContain('-  shareProcessNamespace: true');
        expect(readFileSync(join(folder, 'a.yaml'), 'utf8')).toBe(MANIFEST);
        runIn(folder, 'git', 'apply', patch ?? '');
        expect(readFileSync(join(folder, 'a.yaml'), 'utf8')).toBe(RIGHT);
      },
      MINUTES,
    );
  });
}
