import type { AcknowledgementSpec, ContractSpec, Scanner } from './contract-spec';
import { ownerOf } from './node-layout';
import { isObject, textOf } from '../../kube/json';
import type { Annotate, Edit } from '../../wire/edit';
import { PREFIX } from '../annotation-codec';

/** An acknowledgement, and the annotation that carries it. */
export interface ReadAcknowledgement extends AcknowledgementSpec {
  readonly annotation: string;
}

const KEY = `${PREFIX}acknowledge.`;

/**
 * The annotation of an acknowledgement; those of a contract have its name at the end, so that
 * several contracts can acknowledge one rule on one workload.
 */
export function acknowledgementAnnotation(rule: string, contract?: string): string {
  return `${KEY}${rule}${contract === undefined ? '' : `.${contract}`}`;
}

export function writeAcknowledgement({ reason, until }: AcknowledgementSpec): string {
  return until === undefined ? reason : `until ${until}: ${reason}`;
}

/**
 * What would not be one line that a reviewer reads as it was written: line breaks of any kind,
 * control characters, those that turn the direction of the text, and halves of characters. With a
 * "=" in its own form of it, Checkov ends with an error and no report; what begins with "{{" Helm
 * evaluates.
 */
const UNREADABLE = /\{\{|[=\p{Cc}\p{Zl}\p{Zp}\p{Cs}\p{Bidi_Control}]/u;

/** What is wrong with an acknowledgement, as far as it can be seen without the rules. */
export function wrongInAcknowledgement({
  rule,
  reason,
  until,
}: AcknowledgementSpec): { field: 'rule' | 'reason' | 'until'; allowed: string } | undefined {
  if (!/^SHM[1-4]\d\d$/.test(rule)) {
    return { field: 'rule', allowed: 'the id of a rule of docs/rules.md, SHM101 for example' };
  }
  if (typeof reason !== 'string' || reason.trim() === '' || UNREADABLE.test(reason)) {
    return {
      field: 'reason',
      allowed: 'one line of text, without "=", "{{" and control characters',
    };
  }
  if (until !== undefined && !isDay(until)) {
    return { field: 'until', allowed: 'a day like 2027-03-31' };
  }
  if (until === undefined && /^until\b/i.test(reason)) {
    return {
      field: 'until',
      allowed: '"until YYYY-MM-DD: reason", or a reason that does not begin with "until"',
    };
  }
  return undefined;
}

/**
 * The acknowledgements among annotations, and what is wrong with those that cannot be read: by
 * annotation.
 */
export function readAcknowledgements(from: unknown): {
  acknowledgements: ReadAcknowledgement[];
  unreadable: [annotation: string, why: string][];
} {
  const acknowledgements: ReadAcknowledgement[] = [];
  const unreadable: [string, string][] = [];
  for (const [annotation, value] of Object.entries(isObject(from) ? from : {})) {
    if (!annotation.startsWith(KEY)) {
      continue;
    }
    const [rule] = annotation.slice(KEY.length).split('.');
    const [, until, reason] = /^until (\d{4}-\d{2}-\d{2}): *(.*)$/s.exec(textOf(value)) ?? [
      undefined,
      undefined,
      textOf(value),
    ];
    const read = { rule, reason: reason.trim(), ...(until === undefined ? {} : { until }) };
    const wrong = wrongInAcknowledgement(read);
    if (wrong) {
      unreadable.push([annotation, `${wrong.field} must be ${wrong.allowed}`]);
    } else {
      acknowledgements.push({ ...read, annotation });
    }
  }
  return { acknowledgements, unreadable };
}

/** What an acknowledgement writes on a workload. */
export function acknowledgementEdit(
  acknowledgement: AcknowledgementSpec,
  template: string,
  scope: string,
): Edit {
  const owner = `the acknowledgement at ${scope}`;
  return {
    owner,
    key: `acknowledge ${acknowledgement.rule} ${scope}`,
    template,
    operations: annotations(acknowledgement, `acknowledged at ${scope}`),
  };
}

/** The rules that a contract makes find something in every workload that is attached by it. */
export function causedBy({ memory }: Pick<ContractSpec, 'memory'>): string[] {
  return [
    ...(memory.some(({ api }) => api === 'systemV') ? ['SHM301'] : []),
    ...(memory.some(({ backing }) => backing === 'devShm') ? ['SHM303'] : []),
  ];
}

/** What the acknowledgements of a contract write on each workload that is attached by it. */
export function contractAcknowledgements(spec: ContractSpec): Annotate[] {
  return (spec.acknowledgements ?? []).flatMap(each =>
    annotations(each, `${ownerOf(spec)}: acknowledged for all of its workloads`, spec.name),
  );
}

/**
 * What the scanners call the findings that a rule's technique cannot avoid. They read annotations
 * of the workload; on the pod template they are ignored.
 */
const EXPORTS: Readonly<
  Record<
    string,
    {
      where: 'hostIPC' | 'hostPath';
      of: Partial<Record<Scanner, (reason: string) => [annotation: string, value: string]>>;
    }
  >
> = {
  SHM301: {
    where: 'hostIPC',
    of: {
      'kube-linter': reason => ['ignore-check.kube-linter.io/host-ipc', reason],
      polaris: () => ['polaris.fairwinds.com/hostIPCSet-exempt', 'true'],
      checkov: reason => ['checkov.io/skip18', `CKV_K8S_18=${reason}`],
    },
  },
  SHM303: {
    where: 'hostPath',
    of: { polaris: () => ['polaris.fairwinds.com/hostPathSet-exempt', 'true'] },
  },
};

/** The scanners that have a finding of their own where a rule has one. */
export function scannersOf(rule: string): Scanner[] {
  return Object.keys(EXPORTS[rule]?.of ?? {}) as Scanner[];
}

function annotations(
  acknowledgement: AcknowledgementSpec,
  reason: string,
  contract?: string,
): Annotate[] {
  const { rule, exportTo = [] } = acknowledgement;
  const { where, of = {} } = EXPORTS[rule] ?? {};
  const own: Annotate = {
    do: 'annotate',
    annotation: acknowledgementAnnotation(rule, contract),
    value: writeAcknowledgement(acknowledgement),
    // at a construct it stands on all workloads, so that one that matches nothing is noticed
    ...(contract === undefined ? {} : { where }),
    reason,
  };
  const exported = exportTo.flatMap((scanner): Annotate[] => {
    const [annotation, value] = of[scanner]?.(acknowledgement.reason) ?? [];
    return annotation === undefined || value === undefined
      ? []
      : [{ do: 'annotate', annotation, value, where, reason: `${reason}, for ${scanner} too` }];
  });
  return [own, ...exported];
}

function isDay(text: string): boolean {
  const date = new Date(`${text}T00:00:00Z`);
  return (
    /^\d{4}-\d{2}-\d{2}$/.test(text) &&
    !Number.isNaN(date.getTime()) &&
    date.toISOString().startsWith(text)
  );
}
