import { PREFIX } from './layout';
import { isObject } from '../kube/json';

/** That somebody has seen a finding, and takes the risk for a reason, and until a day where one is given. */
export interface AcknowledgementSpec {
  /** Id of the rule: `SHMnnn`. */
  readonly rule: string;
  readonly reason: string;
  /** The last day on which it holds, in UTC: `YYYY-MM-DD`. */
  readonly until?: string;
}

/** An acknowledgement, and the annotation that carries it. */
export interface ReadAcknowledgement extends AcknowledgementSpec { readonly annotation: string }

const KEY = `${PREFIX}acknowledge.`;

/** The annotation of an acknowledgement; those of a contract have its name at the end, so that several contracts can acknowledge one rule on one workload. */
export function acknowledgementAnnotation(rule: string, contract?: string): string {
  return `${KEY}${rule}${contract === undefined ? '' : `.${contract}`}`;
}

export function writeAcknowledgement({ reason, until }: AcknowledgementSpec): string {
  return until === undefined ? reason : `until ${until}: ${reason}`;
}

/** What is wrong with an acknowledgement, as far as it can be seen without the rules. */
export function wrongInAcknowledgement({ rule, reason, until }: AcknowledgementSpec): { field: 'rule' | 'reason' | 'until'; allowed: string } | undefined {
  if (!/^SHM[1-4]\d\d$/.test(rule)) { return { field: 'rule', allowed: 'the id of a rule of docs/rules.md, SHM101 for example' }; }
  if (typeof reason !== 'string' || reason.trim() === '' || /[=\p{Cc}]/u.test(reason)) { // with a "=" in its own form of it, Checkov ends with an error and no report
    return { field: 'reason', allowed: 'one line of text, without "=" and control characters' };
  }
  if (until !== undefined && !isDay(until)) { return { field: 'until', allowed: 'a day like 2027-03-31' }; }
  if (until === undefined && /^until\b/i.test(reason)) { return { field: 'until', allowed: '"until YYYY-MM-DD: reason", or a reason that does not begin with "until"' }; }
  return undefined;
}

/** The acknowledgements among annotations, and what is wrong with those that cannot be read: by annotation. */
export function readAcknowledgements(annotations: unknown): { acknowledgements: ReadAcknowledgement[]; unreadable: Map<string, string> } {
  const acknowledgements: ReadAcknowledgement[] = [];
  const unreadable = new Map<string, string>();
  for (const [annotation, value] of Object.entries(isObject(annotations) ? annotations : {})) {
    if (!annotation.startsWith(KEY)) { continue; }
    const [rule] = annotation.slice(KEY.length).split('.');
    const [, until, reason] = /^until (\d{4}-\d{2}-\d{2}): *(.*)$/s.exec(String(value)) ?? [undefined, undefined, String(value)];
    const read = { rule, reason: reason.trim(), ...(until === undefined ? {} : { until }) };
    const wrong = wrongInAcknowledgement(read);
    if (wrong) { unreadable.set(annotation, `${wrong.field} must be ${wrong.allowed}`); } else { acknowledgements.push({ ...read, annotation }); }
  }
  return { acknowledgements, unreadable };
}

function isDay(text: string): boolean {
  const date = new Date(`${text}T00:00:00Z`);
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
}
