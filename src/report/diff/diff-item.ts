import { objectWords } from './diff-words';
import type { ObjectRef } from '../../change/set-changes';

/**
 * A part of a line: words of this library, a value from the YAML of a user, or a sentence that can
 * contain such values. The text and Markdown formats each write them in their own way.
 */
export type Part = string | { readonly value: string } | { readonly sentence: string };

export interface Item {
  /** Whether there is more of something, less, or neither. */
  readonly sign: '+' | '-' | ' ';
  readonly parts: readonly Part[];
  /** Whether it is always shown, because who approves must see it. */
  readonly isNeverFolded?: true;
  /** Whether it stands out then. If absent, what is gained does. */
  readonly isWarning?: boolean;
  /** The lines below this item. */
  readonly more?: readonly (readonly Part[])[];
}

export interface Section {
  readonly title: string;
  readonly items: readonly Item[];
}

/** Returns a value from the YAML of a user as a part of a line. */
export function value(text: string): Part {
  return { value: text };
}

/** Returns a sentence that can contain such values as a part of a line. */
export function sentence(text: string): Part {
  return { sentence: text };
}

/** Returns the name of an object as a part of a line. */
export function object(of: ObjectRef): Part {
  return value(objectWords(of));
}

/** Returns the parts that say what a value was, and what it is. */
export function fromTo(from: string, to: string): Part[] {
  return [': ', value(from), ' -> ', value(to)];
}

const MOST_FIELDS = 5;

/** Returns the names of fields as parts of a line, the first of them if there are many. */
export function someFields(fields: readonly string[]): Part[] {
  const shown = fields
    .slice(0, MOST_FIELDS)
    .flatMap((field, i) => [...(i === 0 ? [] : [', ']), value(field)]);
  return fields.length > MOST_FIELDS
    ? [...shown, ` and ${fields.length - MOST_FIELDS} more`]
    : shown;
}
