import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/**
 * Puts cdk8s-plus-27 into a Maven repository, built from the npm package of the tests: the jar is
 * of the version that they run with, and a mirror of Maven Central need not have it.
 *
 * `tsx scripts/maven.ts REPOSITORY`
 */
const ROOT = join(__dirname, '..');
const PLUS = join(ROOT, 'node_modules', 'cdk8s-plus-27');

function main(repository: string): void {
  const { version } = JSON.parse(readFileSync(join(PLUS, 'package.json'), 'utf8')) as {
    version: string;
  };
  const name = `cdk8s-plus-27-${version}.jar`;
  if (existsSync(join(repository, 'org', 'cdk8s', 'cdk8s-plus-27', version, name))) {
    return;
  }
  process.stderr.write(`builds ${name}, once, which takes a minute\n`);
  mkdirSync(repository, { recursive: true });
  const scratch = mkdtempSync(join(tmpdir(), 'cdk8s-plus-java-'));
  try {
    const pacmak = join(ROOT, 'node_modules', '.bin', 'jsii-pacmak');
    run(ROOT, pacmak, '--code-only', '--target', 'java', '--outdir', scratch, PLUS);
    run(
      join(scratch, 'java'),
      'mvn',
      '--batch-mode',
      '--quiet',
      `-Dmaven.repo.local=${repository}`,
      '-Dmaven.javadoc.skip',
      '-Dmaven.source.skip',
      'install',
    );
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

function run(cwd: string, program: string, ...args: string[]): void {
  execFileSync(program, args, { cwd, stdio: ['ignore', 'ignore', 'inherit'] });
}

main(resolve(process.argv[2]));
