import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Chart } from 'cdk8s';
import { messageOf } from './message';
import {
  AgentContract,
  type AgentContractProps,
  ContractGrant,
  NodeAgent,
  SidecarAgent,
} from '../../src';
import { chart, contract } from '../yaml';

test('fails with the JSON form where properties belong, and says how to read it', () => {
  const json = JSON.parse(contract().toJson()) as AgentContractProps;
  expect(messageOf(() => new AgentContract(json))).toBe(
    'SHM007 [contract routes] properties: given the JSON form of a contract, of apiVersion "cdk8s-shared-memory/v1"; allowed the properties of a contract; fix: read the file with AgentContract.fromFile(), or its text with AgentContract.fromJson()',
  );
});

describe('contract JSON', () => {
  const edited = (change: (json: Record<string, unknown>) => void) => {
    const json = JSON.parse(contract().toJson()) as Record<string, unknown>;
    change(json);
    return JSON.stringify(json);
  };

  test.each([
    ['what is not JSON', '{', 'SHM018 [contract JSON] text: given '],
    ['what is not an object', '[]', 'SHM018 [contract JSON] text: given []; allowed an object;'],
    [
      'a newer apiVersion',
      edited(j => {
        j.apiVersion = 'cdk8s-shared-memory/v3';
      }),
      'SHM018 [contract JSON] apiVersion: given "cdk8s-shared-memory/v3"; allowed "cdk8s-shared-memory/v1" or "cdk8s-shared-memory/v2"; fix: use the version of cdk8s-shared-memory that wrote the contract, or a newer one',
    ],
    [
      'a missing field',
      edited(j => {
        delete j.nodes;
      }),
      'SHM018 [contract JSON] nodes.label.key: given nothing; allowed a string;',
    ],
    [
      'a size that is no quantity',
      edited(j => {
        (j.memory as { size: string }[])[0].size = '64 MB';
      }),
      'SHM018 [contract JSON] memory[0].size: given "64 MB"; allowed a quantity like "256Mi";',
    ],
    [
      'an unknown API',
      edited(j => {
        (j.memory as { api: string }[])[0].api = 'mmap';
      }),
      'SHM018 [contract JSON] memory[0].api: given "mmap"; allowed "files", "posix", "systemV", "descriptors";',
    ],
    [
      'a value that the constructor refuses',
      edited(j => {
        j.name = 'Routes';
      }),
      'SHM001 [contract Routes] name: given "Routes";',
    ],
  ])('fails with %s', (_, text, message) => {
    expect(messageOf(() => AgentContract.fromJson(text))).toContain(message);
  });

  test('fails with a value that is not right in a file, and names the file', () => {
    const file = join(mkdtempSync(join(tmpdir(), 'contract-')), 'routes.json');
    writeFileSync(
      file,
      edited(j => {
        j.groupId = 0;
      }),
    );
    expect(messageOf(() => AgentContract.fromFile(file))).toContain(
      `SHM004 [contract routes, contract JSON ${file}] groupId: given 0;`,
    );
  });

  test('fails to be read from a file that is not there', () => {
    const folder = process.cwd();
    const message = messageOf(() => AgentContract.fromFile('no.contract.json'));
    expect(message.replace(/:\d+\)$/, ':LINE)')).toBe(
      `SHM018 [contract JSON] file: given "no.contract.json" (tried ${join(folder, 'no.contract.json')}, working folder ${folder}): ENOENT: no such file or directory; allowed a file that contract.toFile() wrote; fix: write the path relative to the working folder, in which the app runs, or an absolute path (test/bad-input/contract-json.test.ts:LINE)`,
    );
  });

  test('fails to be read from a folder, and from no path at all', () => {
    expect(messageOf(() => AgentContract.fromFile(tmpdir()))).toContain(
      `(tried ${resolve(tmpdir())}, working folder ${process.cwd()}): EISDIR`,
    );
    expect(messageOf(() => AgentContract.fromFile(undefined as unknown as string))).toContain(
      `file: given nothing (working folder ${process.cwd()}): The "path" argument`,
    );
  });

  test.each([
    [
      'NodeAgent',
      (c: Chart, none: AgentContract) => new NodeAgent(c, 'x', { contract: none, containers: [] }),
    ],
    [
      'SidecarAgent',
      (_: Chart, none: AgentContract) => new SidecarAgent({ contract: none, containers: [] }),
    ],
    [
      'ContractGrant',
      (c: Chart, none: AgentContract) =>
        new ContractGrant(c, 'x', { contract: none, namespace: 'shop' }),
    ],
  ])('fails to be left out of a %s, which JavaScript lets happen', (_, make) => {
    expect(messageOf(() => make(chart(), undefined as unknown as AgentContract))).toMatch(
      /^SHM018 \[.+\] contract: given nothing; allowed an AgentContract; fix: make one with/,
    );
  });

  test('fails to be written into the output folder', () => {
    expect(messageOf(() => contract().toFile('dist/routes.contract.json'))).toContain(
      'SHM019 [contract routes] file: given "dist/routes.contract.json"; allowed a path outside the output folder',
    );
  });
});
