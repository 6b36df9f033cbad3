import type { AcknowledgementSpec, ContractSpec, Scanner } from './contract-spec';
import { ownerOf } from './node-layout';
import { isObject, textOf } from '../../kube/json';
import type { Annotate, Edit } from '../../wire/edit';
import { PREFIX } from '../annotation-codec';

/** An acknowledgement, together with the key of the annotation that contains it. */
export interface ReadAcknowledgement extends AcknowledgementSpec {
  readonly annotation: string;
  /** The contract that acknowledges, according to the key. Absent if it names none. */
  readonly contract?: string;
}

const KEY = `${PREFIX}acknowledge.`;

/**
 * Returns the annotation key of an acknowledgement. If the acknowledgement belongs to a contract,
 * the key ends with the contract's name, so several contracts can acknowledge the same rule on one
 * workload.
 */
export function acknowledgementAnnotation(rule: string, contract?: string): string {
  return `${KEY}${rule}${contract === undefined ? '' : `.${contract}`}`;
}

export function writeAcknowledgement({ reason, until }: AcknowledgementSpec): string {
  return until === undefined ? reason : `until ${until}: ${reason}`;
}

/**
 * Characters that are not allowed in a reason. A reason must be one line of text that a reviewer
 * sees as it was written, so line breaks, control characters, bidirectional formatting characters
 * and unpaired surrogates are excluded. "=" is excluded because Checkov exits with an error and no
 * report if its skip annotation contains a second one. "{{" is excluded because Helm would evaluate
 * it.
 */
export const NOT_IN_REASONS = '=\\p{Cc}\\p{Zl}\\p{Zp}\\p{Cs}\\p{Bidi_Control}';
const UNREADABLE = new RegExp(`\\{\\{|[${NOT_IN_REASONS}]`, 'u');

/** A field of an acknowledgement that is not valid, and what is. */
interface WrongField {
  readonly field: 'rule' | 'reason' | 'until';
  readonly allowed: string;
}

/**
 * Returns the invalid fields of an acknowledgement, as far as that is known without the list of
 * existing rules.
 */
export function wrongInAcknowledgement({ rule, reason, until }: AcknowledgementSpec): WrongField[] {
  const wrong: WrongField[] = [];
  if (!/^SHM[1-5]\d\d$/.test(rule)) {
    wrong.push({
      field: 'rule',
      allowed: 'the id of a rule of docs/rules.md, SHM101 for example',
    });
  }
  const isLine = typeof reason === 'string' && reason.trim() !== '' && !UNREADABLE.test(reason);
  if (!isLine) {
    wrong.push({
      field: 'reason',
      allowed: 'one line of text, without "=", "{{" and control characters',
    });
  }
  if (until !== undefined && !isDay(until)) {
    wrong.push({ field: 'until', allowed: 'a day like 2027-03-31' });
  }
  if (isLine && until === undefined && /^until\b/i.test(reason)) {
    wrong.push({
      field: 'until',
      allowed: '"until YYYY-MM-DD: reason", or a reason that does not begin with "until"',
    });
  }
  return wrong;
}

/**
 * Reads the acknowledgements among annotations. Returns those that cannot be read separately, each
 * with its annotation key and the problem.
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
    const [, rule, contract] = /^([^.]*)(?:\.(.+))?$/s.exec(annotation.slice(KEY.length)) ?? [];
    const [, until, reason] = /^until (\d{4}-\d{2}-\d{2}): *(.*)$/s.exec(textOf(value)) ?? [
      undefined,
      undefined,
      textOf(value),
    ];
    const read = { rule, reason: reason.trim(), ...(until === undefined ? {} : { until }) };
    const wrong = wrongInAcknowledgement(read);
    if (wrong.length > 0) {
      const why = wrong.map(({ field, allowed }) => `${field} must be ${allowed}`);
      unreadable.push([annotation, why.join('; ')]);
    } else {
      acknowledgements.push({
        ...read,
        annotation,
        ...(contract === undefined ? {} : { contract }),
      });
    }
  }
  return { acknowledgements, unreadable };
}

/** Returns the edit that writes an acknowledgement to a workload. */
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

/**
 * Returns the rules that report a finding for every workload that is attached to this contract,
 * because of how the contract shares memory.
 */
export function causedBy({ memory }: Pick<ContractSpec, 'memory'>): string[] {
  return [
    ...(memory.some(({ api }) => api === 'systemV') ? ['SHM301'] : []),
    ...(memory.some(({ backing }) => backing === 'devShm') ? ['SHM303'] : []),
    ...(memory.some(({ existing }) => existing?.contains === 'sockets') ? ['SHM310'] : []),
  ];
}

/**
 * Returns the annotations that the acknowledgements of a contract add to each workload that is
 * attached to it.
 */
export function contractAcknowledgements(spec: ContractSpec): Annotate[] {
  return (spec.acknowledgements ?? []).flatMap(each =>
    annotations(each, `${ownerOf(spec)}: acknowledged for all of its workloads`, spec.name),
  );
}

/**
 * The annotations that suppress equivalent findings in other scanners, for rules whose technique
 * always causes such a finding. Scanners read these annotations from the metadata of the workload;
 * they ignore them on the pod template.
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

/** Returns the scanners that report an equivalent finding for a rule. */
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
    // Acknowledgements of a construct are written to all its workloads, so that an acknowledgement
    // that matches no finding can be reported. Those of a contract are only written to workloads
    // that use the host namespace or hostPath.
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
