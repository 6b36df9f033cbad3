import { repositoryOf } from '../kube/image';
import { itemsOf, type JsonObject } from '../kube/json';

const SPACE = /\s+/;
const QUOTES = /^['"]+|['";]+$/g;
const COMMANDS = /&&|\|\||(?<!>)&|[;|\n(){}]/; // not in 2>&1
const ASSIGNMENT = /^\w+=/;
const SHELLS = new Set(['sh', 'bash', 'ash', 'dash']);

/** A word before the name of a program: what starts another program, or a word of the shell. */
interface Starter {
  /** How many words follow it that are not the program, for example a user. */
  readonly operands?: number;
  /** Its options whose value is the next word. */
  readonly options?: readonly string[];
}

const STARTERS: ReadonlyMap<string, Starter> = new Map<string, Starter>([
  ...['!', 'do', 'elif', 'else', 'exec', 'if', 'then', 'time', 'until', 'while'].map(
    (word): [string, Starter] => [word, {}],
  ),
  ['catatonit', {}],
  ['dumb-init', { options: ['-r', '--rewrite'] }],
  ['env', { options: ['-u', '--unset', '-C', '--chdir'] }],
  ['gosu', { operands: 1 }],
  ['nice', { options: ['-n', '--adjustment'] }],
  ['nohup', {}],
  ['runuser', { options: ['-u', '--user', '-g', '--group'] }],
  ['s6-setuidgid', { operands: 1 }],
  ['setpriv', { options: ['--reuid', '--regid', '--groups', '--ruid', '--rgid'] }],
  ['su-exec', { operands: 1 }],
  ['sudo', { options: ['-u', '--user', '-g', '--group'] }],
  ['timeout', { operands: 1, options: ['-s', '--signal', '-k', '--kill-after'] }],
  ['tini', { options: ['-p', '-e'] }],
]);

/** The command line of a container: `command` and `args`, without the image's own. */
export class CommandLine {
  /** All words. A script is split into words, without quotes. */
  public readonly words: readonly string[];
  private readonly items: readonly string[];
  private readonly commandLength: number;
  /** Whether the container runs the program of its image, at most with other options. */
  public readonly isOfImage: boolean;
  private knownCommands?: readonly (readonly string[])[];

  public constructor({ command, args }: JsonObject) {
    const own = textsIn(command);
    this.commandLength = own.length;
    this.items = own.length === 0 ? textsIn(args) : [...own, ...textsIn(args)];
    this.isOfImage = own.length === 0 && (this.items.length === 0 || this.items[0].startsWith('-'));
    this.words = this.items.some(item => SPACE.test(item))
      ? this.items.flatMap(item => (SPACE.test(item) ? wordsIn(item) : [item]))
      : this.items;
  }

  /**
   * The commands that it runs, each with the name of its program first, without directory, and then
   * its words. A script can have several.
   */
  public get commands(): readonly (readonly string[])[] {
    return (this.knownCommands ??= this.isOfImage ? [] : commandsIn(this.items));
  }

  /** The programs that it runs, without their directory. */
  public get programs(): readonly string[] {
    return this.commands.map(([program]) => program);
  }

  /**
   * Returns the field of the container that is one of some texts, or has it, for example `args/2`.
   * Empty if there is none.
   */
  public fieldOf(...texts: readonly string[]): string {
    const equal = this.items.findIndex(item => texts.includes(item));
    const i =
      equal < 0 ? this.items.findIndex(item => texts.some(text => item.includes(text))) : equal;
    if (i < 0) {
      return '';
    }
    return i < this.commandLength ? `command/${i}` : `args/${i - this.commandLength}`;
  }

  /** Returns the values of an option: of `--name=value` and of `--name value`. */
  public valuesOf(...names: readonly string[]): string[] {
    return this.words.flatMap((word, i) => {
      const name = optionName(word);
      const value = name === word ? this.words.at(i + 1) : word.slice(name.length + 1);
      return names.includes(name) && value !== undefined ? [value] : [];
    });
  }

  /** Returns the last value of an option, which is the one that counts. */
  public valueOf(...names: readonly string[]): string | undefined {
    return this.valuesOf(...names).at(-1);
  }
}

const NONE: readonly string[] = [];

function textsIn(list: unknown): readonly string[] {
  return list === undefined
    ? NONE
    : Array.from(itemsOf(list), item => (typeof item === 'string' ? item : ''));
}

function wordsIn(script: string): string[] {
  return script
    .split(SPACE)
    .map(word => word.replace(QUOTES, ''))
    .filter(word => word !== '');
}

function commandsIn(items: readonly string[]): (readonly string[])[] {
  const start = programIndex(items);
  const first = commandOf(items);
  if (first.length === 0 || !SHELLS.has(first[0][0])) {
    return first;
  }
  return items
    .slice(start)
    .flatMap(item =>
      SPACE.test(item)
        ? item.split(COMMANDS).flatMap(command => commandOf(wordsIn(command)))
        : commandOf([item]),
    );
}

/** Returns the command that words are. None if they have no program. */
function commandOf(words: readonly string[]): (readonly string[])[] {
  const index = programIndex(words);
  return index < 0 ? [] : [[nameOf(words[index]), ...words.slice(index + 1)]];
}

/** Returns the index of the program in the words of a command. -1 if there is none. */
function programIndex(words: readonly string[]): number {
  let [starter, operands]: [Starter | undefined, number] = [undefined, 0];
  for (let i = 0; i < words.length; i += 1) {
    const word = words[i];
    if (word.startsWith('-')) {
      i += starter?.options?.includes(word) ? 1 : 0;
    } else if (ASSIGNMENT.test(word)) {
      continue;
    } else if (operands > 0) {
      operands -= 1;
    } else {
      starter = STARTERS.get(nameOf(word));
      if (!starter) {
        return i;
      }
      operands = starter.operands ?? 0;
    }
  }
  return -1;
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** Returns an option without its value. */
export function optionName(word: string): string {
  const end = word.indexOf('=');
  return end < 0 ? word : word.slice(0, end);
}

/** Returns the last part of an image's repository, without registry, tag and digest. */
export function repositoryName(image: string): string {
  return nameOf(repositoryOf(image));
}
