import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as cdk8s from 'cdk8s';
import * as ts from 'typescript';
import { PROJECT } from './typescript-apps';
import * as library from '../../src';

/** A contract of docs/contracts.md: the code in each language, and the variable that it makes. */
export interface DocumentedContract {
  readonly variable: string;
  readonly typescript: string;
  readonly python: string;
  readonly java: string;
}

export function documentedContracts(): DocumentedContract[] {
  const page = readFileSync(join(PROJECT, 'docs', 'contracts.md'), 'utf8');
  return page
    .split(/^## .+: /m)
    .slice(1)
    .map(section => {
      const block = (language: string) =>
        new RegExp(`^\`\`\`${language}.*\n([^]*?)^\`\`\`$`, 'm').exec(section)![1];
      return {
        variable: section.split('\n')[0],
        typescript: block('ts'),
        python: block('python'),
        java: block('java'),
      };
    });
}

/** The JSON of a documented contract, from its code in TypeScript. */
export function jsonOf({ variable, typescript }: DocumentedContract): string {
  const names = { ...library, Size: cdk8s.Size };
  const body = `${ts.transpile(typescript)}; return ${variable}.toJson();`;
  return new Function(...Object.keys(names), body)(...Object.values(names));
}
