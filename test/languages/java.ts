/**
 * `npm run languages:java`: the package for Java as users get it. Makes the jar as `npm run
 * package:java` does, compiles the apps of java/ with it in a scratch folder, runs them, and fails
 * if they write or print anything else than the same apps in TypeScript.
 */
import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { documentedContracts, jsonOf, type DocumentedContract } from './documented-contracts';
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

/** A program that prints the JSON of the contracts of docs/contracts.md. */
function writeContracts(folder: string, contracts: readonly DocumentedContract[]): void {
  const text = [
    'package com.example.shop;',
    'import com.example.cdk8s.sharedmemory.*;',
    'import java.util.List;',
    'import org.cdk8s.Size;',
    'public final class DocumentedContracts {',
    ...contracts.map(
      ({ variable, java }, i) =>
        `static AgentContract contract${i}() {\n${java}return ${variable};\n}`,
    ),
    'public static void main(String[] args) {',
    ...contracts.map((_, i) => `System.out.println(contract${i}().toJson());`),
    '}',
    '}',
  ];
  writeFileSync(join(folder, 'DocumentedContracts.java'), text.join('\n'));
}

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
    const sources = join(app, 'src', 'main', 'java', 'com', 'example', 'shop');
    const contracts = documentedContracts();
    writeExamples(sources);
    writeContracts(sources, contracts);
    run(app, ...MAVEN, 'compile');
    said('runs the apps');
    const started = (name: string) =>
      [...MAVEN, 'exec:java', `-Dexec.mainClass=com.example.shop.${name}`] as const;
    const java = runApps(app, name => started(`${name[0].toUpperCase()}${name.slice(1)}`));
    mkdirSync(join(scratch, 'typescript'));
    const typescript = runTypeScript(join(scratch, 'typescript'));
    assert.deepEqual(java.files, typescript.files);
    for (const name of APPS) {
      const of = ({ printed }: Written) => withoutLanguage(printed[name].replace(COLOURS_OFF, ''));
      assert.equal(of(java), of(typescript));
    }
    assert.equal(
      run(app, ...started('DocumentedContracts')).replace(COLOURS_OFF, ''),
      contracts.map(contract => `${jsonOf(contract)}\n`).join(''),
    );
    said(`${APPS.join(', ')}: ${Object.keys(java.files).length} files are those of TypeScript`);
    said(`docs/contracts.md: ${contracts.length} contracts are those of TypeScript`);
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

main();
