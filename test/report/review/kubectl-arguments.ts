import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The flags of kubectl 1.37 that each of its commands takes, and whether they have a value. */
const EVERYWHERE = { '-n': true, '--namespace': true, '--context': true };
const LISTED = { '-l': true, '--selector': true, '-o': true, '--output': true };
const FLAGS: Readonly<Record<string, Readonly<Record<string, boolean>>>> = {
  delete: {
    ...{ ...EVERYWHERE, ...LISTED, '--all': false, '-A': false, '--cascade': true },
    ...{ '--ignore-not-found': false, '--wait': false, '--timeout': true, '--now': false },
    ...{ '--force': false, '--grace-period': true, '--field-selector': true, '--dry-run': true },
  },
  get: {
    ...{ ...EVERYWHERE, ...LISTED, '-A': false, '--all-namespaces': false, '-w': false },
    ...{ '--field-selector': true, '--no-headers': false, '--show-labels': false },
    ...{ '--ignore-not-found': false, '--sort-by': true, '-L': true, '--template': true },
  },
  'rollout status': {
    ...{ ...EVERYWHERE, '-l': true, '--selector': true, '--timeout': true },
    ...{ '-w': false, '--watch': false, '--revision': true },
  },
  taint: { ...EVERYWHERE, ...LISTED, '--all': false, '--overwrite': false, '--dry-run': true },
  label: {
    ...{ ...EVERYWHERE, ...LISTED, '--all': false, '--overwrite': false, '--dry-run': true },
    ...{ '--list': false, '--local': false, '--field-selector': true, '-A': false },
  },
  logs: {
    ...{ ...EVERYWHERE, '-l': true, '--selector': true, '-c': true, '--container': true },
    ...{ '--all-containers': false, '--prefix': false, '--ignore-errors': false, '-f': false },
    ...{ '--tail': true, '--since': true, '-p': false, '--previous': false },
  },
};

/** The arguments of one command, apart from the flags. */
export interface Parsed {
  readonly command: string;
  readonly words: readonly string[];
  readonly flags: ReadonlyMap<string, string>;
}

/** Reads the arguments of one command as kubectl does. Fails for what it does not know. */
export function parse(argv: readonly string[]): Parsed {
  const command = argv[0] === 'rollout' ? argv.slice(0, 2).join(' ') : (argv[0] ?? '');
  const known = FLAGS[command];
  if (known === undefined) {
    throw new Error(`unknown command ${command}`);
  }
  const flags = new Map<string, string>();
  const words: string[] = [];
  const rest = argv.slice(command.split(' ').length);
  for (let i = 0; i < rest.length; i++) {
    if (!rest[i].startsWith('-')) {
      words.push(rest[i]);
      continue;
    }
    const [, flag, value] = /^(-{1,2}[^=]+)(?:=([^]*))?$/.exec(rest[i]) ?? [];
    if (flag === undefined || !(flag in known)) {
      throw new Error(`unknown flag: ${rest[i]}`);
    }
    if (known[flag] && value === undefined && rest[i + 1] === undefined) {
      throw new Error(`flag needs an argument: ${flag}`);
    }
    flags.set(flag, value ?? (known[flag] ? rest[++i] : 'true'));
  }
  return { command, words, flags };
}

/**
 * Returns the arguments of each kubectl in a script, which a shell runs with nothing else on its
 * path than a kubectl that writes them down, and wc.
 */
export function recorded(script: string): string[][] {
  const folder = mkdtempSync(join(tmpdir(), 'stand-in-'));
  try {
    const log = join(folder, 'log');
    writeFileSync(log, '');
    writeFileSync(
      join(folder, 'kubectl'),
      `#!/bin/sh
printf '%s\\0' "$@" >> ${log}
printf '\\1\\0' >> ${log}
case "$*" in
  *numberReady*) echo 1 ;;
  'get nodes '*' -o name') echo node/a ;;
esac
`,
      { mode: 0o755 },
    );
    symlinkSync('/usr/bin/wc', join(folder, 'wc'));
    execFileSync('/bin/sh', ['-eu', '-c', script], {
      env: { PATH: folder },
      stdio: ['ignore', 'ignore', 'pipe'],
      timeout: 20_000,
    });
    return readFileSync(log, 'utf8')
      .split('\u0001\0')
      .slice(0, -1)
      .map(each => each.split('\0').slice(0, -1));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
