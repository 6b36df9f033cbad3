import { type Construct } from 'constructs';
import { InputError } from '../errors';

const RESERVED = Symbol.for('cdk8s-shared-memory.reserved');

/** Keeps the name of an object for one construct of an app: cdk8s renders two objects of one name without a word, and the one applied last wins. */
export function reserve(construct: Construct, field: string, name: string, allowed: string, fix: string): void {
  const root = construct.node.root as unknown as { [RESERVED]?: Map<string, string> };
  const names = root[RESERVED] ??= new Map();
  const key = `${field} ${name}`;
  const other = names.get(key);
  if (other !== undefined) {
    throw new InputError(construct.node.path, { code: 'SHM011', field, given: `${name}, which ${other} makes`, allowed, fix });
  }
  names.set(key, construct.node.path);
}
