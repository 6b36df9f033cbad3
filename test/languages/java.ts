/**
 * `npm run languages:java`: the package for Java as users get it. Makes the jar as `npm run
 * package:java` does, compiles the apps of java/ with it in a scratch folder, runs them, and fails
 * if they write or print anything else than the same apps in TypeScript.
 */
import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  APPS,
  examplesIn,
  PROJECT,
  run,
  runApps,
  runTypeScript,
  withoutLanguage,
  WORKLOAD,
  type Written,
} from './typescript-apps';

/** The Maven repository of the task `package:java`, which has our jar and its dependencies. */
const REPOSITORY = join(PROJECT, 'node_modules', '.cache', 'maven');

/** The examples of doc comments, as the same task translated them. */
const EXAMPLES = join(PROJECT, 'node_modules', '.cache', 'examples.tabl.json');
const MAVEN = ['mvn', '--batch-mode', '--quiet', `-Dmaven.repo.local=${REPOSITORY}`] as const;

const said = (words: string) => process.stderr.write(`${words}\n`);

/** What Maven prints on a terminal that it takes for one. */
const COLOURS_OFF = /\u001b\[0m/g;

/** The examples, each in a class of its own, with what rosetta/default.ts-fixture declares. */
function writeExamples(folder: string): void {
  for (const [of, code] of examplesIn(EXAMPLES, 'java')) {
    const name = `${of.split('.')[1]}Example`;
    const isImport = (line: string) => line.startsWith('import ');
    const lines = code.split('\n');
    const text = [
      'package com.example.shop;',
      'import com.example.cdk8s.sharedmemory.*;',
      'import java.util.List;',
      'import java.util.Map;',
      'import org.cdk8s.*;',
      'import org.cdk8s.plus27.*;',
      ...lines.filter(isImport),
      `abstract class ${name} {`,
      'Chart chart; SharedMemory table; AgentContract routes; NodeAgent agent; Job trainer;',
      'Deployment api; Deployment oldDeployment; Deployment newDeployment; ApiObject vendorDaemonSet;',
      'void example() {',
      ...lines.filter(line => !isImport(line)),
      '}',
      '}',
    ];
    writeFileSync(join(folder, `${name}.java`), text.join('\n'));
  }
}

function main(): void {
  const scratch = mkdtempSync(join(tmpdir(), 'java-'));
  try {
    said('makes the jar');
    run(PROJECT, 'npx', 'projen', 'package:java');
    said('compiles the apps, and the examples of doc comments');
    const app = join(scratch, 'app');
    cpSync(join(__dirname, 'java'), app, { recursive: true });
    cpSync(WORKLOAD, join(app, 'workload.yaml'));
    writeExamples(join(app, 'src', 'main', 'java', 'com', 'example', 'shop'));
    run(app, ...MAVEN, 'compile');
    said('runs the apps');
    const java = runApps(app, name => {
      const mainClass = `com.example.shop.${name[0].toUpperCase()}${name.slice(1)}`;
      return [...MAVEN, 'exec:java', `-Dexec.mainClass=${mainClass}`];
    });
    mkdirSync(join(scratch, 'typescript'));
    const typescript = runTypeScript(join(scratch, 'typescript'));
    assert.deepEqual(java.files, typescript.files);
    for (const name of APPS) {
      const of = ({ printed }: Written) => withoutLanguage(printed[name].replace(COLOURS_OFF, ''));
      assert.equal(of(java), of(typescript));
    }
    said(`${APPS.join(', ')}: ${Object.keys(java.files).length} files are those of TypeScript`);
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

main();
