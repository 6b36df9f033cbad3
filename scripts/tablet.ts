import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { assembly, translated } from './translate';

/**
 * Writes the examples of doc comments in all languages, as the tablet that jsii-pacmak reads.
 *
 * `tsx scripts/tablet.ts FILE`
 */
const file = resolve(process.argv[2]);
mkdirSync(dirname(file), { recursive: true });
writeFileSync(file, JSON.stringify(translated(assembly())));
