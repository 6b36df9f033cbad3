import { itemsOf, type JsonObject } from '../../kube/json';

const SPACE = /\s+/;
const QUOTES = /^['"]+|['";]+$/g;
const COMMANDS = /&&|\|\||[;|&\n(){}]/;
const ASSIGNMENT = /^\w+=/;
const SHELLS = new Set(['sh', 'bash', 'ash', 'dash']);

/** Words before the name of a program: what starts another program, and keywords of the shell. */
const BEFORE_PROGRAM = new Set([
  '!',
  'catatonit',
  'do',
  'dumb-init',
  'else',
  'env',
  'exec',
  'if',
  'nohup',
  'sudo',
  'then',
  'time',
  'tini',
  'while',
]);

/** The command line of a container: `command` and `args`, without the image's own. */
export class CommandLine {
  /** All words. A script is split into words, without quotes. */
  public readonly words: readonly string[];
  private readonly items: readonly string[];
  private readonly commandLength: number;
  /** Whether the container runs the program of its image, at most with other options. */
  public readonly isOfImage: boolean;
  private knownPrograms?: readonly string[];

  public constructor({ command, args }: JsonObject) {
    const own = textsIn(command);
    this.commandLength = own.length;
    this.items = own.length === 0 ? textsIn(args) : [...own, ...textsIn(args)];
    this.isOfImage = own.length === 0 && (this.items.length === 0 || this.items[0].startsWith('-'));
    this.words = this.items.some(item => SPACE.test(item))
      ? this.items.flatMap(item => (SPACE.test(item) ? wordsIn(item) : [item]))
      : this.items;
  }

  /** The programs that it runs, without their directory. A script can run several. */
  public get programs(): readonly string[] {
    return (this.knownPrograms ??= this.isOfImage ? [] : programsIn(this.items));
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

function programsIn(items: readonly string[]): string[] {
  const first = programOf(items);
  if (first === undefined || !SHELLS.has(first)) {
    return first === undefined ? [] : [first];
  }
  return items.flatMap(item =>
    SPACE.test(item)
      ? item.split(COMMANDS).flatMap(command => programOf(wordsIn(command)) ?? [])
      : (programOf([item]) ?? []),
  );
}

function programOf(words: readonly string[]): string | undefined {
  const program = words.find(
    word => !word.startsWith('-') && !ASSIGNMENT.test(word) && !BEFORE_PROGRAM.has(nameOf(word)),
  );
  return program === undefined ? undefined : nameOf(program);
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
  const digest = image.indexOf('@');
  const name = nameOf(digest < 0 ? image : image.slice(0, digest));
  const tag = name.indexOf(':');
  return tag < 0 ? name : name.slice(0, tag);
}
