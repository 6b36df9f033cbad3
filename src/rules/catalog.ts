import {
  EXPIRED,
  UNREADABLE,
  UNREADABLE_ACKNOWLEDGEMENT,
  UNREADABLE_MARK,
  UNUSED,
} from './acknowledgement-rules';
import type { Severity } from './hit';
import { SHM114, SHM306, SHM307, SHM308, SHM312, SHM313, SHM405 } from './refused-by-kubernetes';
import type { Rule } from './rule';
import { SHM101 } from './shm101';
import { SHM102 } from './shm102';
import { SHM103 } from './shm103';
import { SHM104 } from './shm104';
import { SHM105 } from './shm105';
import { SHM107 } from './shm107';
import { SHM108 } from './shm108';
import { SHM109 } from './shm109';
import { SHM110 } from './shm110';
import { SHM111 } from './shm111';
import { SHM112 } from './shm112';
import { SHM201 } from './shm201';
import { SHM202 } from './shm202';
import { SHM203 } from './shm203';
import { SHM204 } from './shm204';
import { SHM205 } from './shm205';
import { SHM207 } from './shm207';
import { SHM209 } from './shm209';
import { SHM301 } from './shm301';
import { SHM302 } from './shm302';
import { SHM303 } from './shm303';
import { SHM304 } from './shm304';
import { SHM305 } from './shm305';
import { SHM309 } from './shm309';
import { SHM314 } from './shm314';
import { SHM401 } from './shm401';
import { SHM402 } from './shm402';
import { SHM403 } from './shm403';
import { SHM406 } from './shm406';
import { SHM407 } from './shm407';
import { SHM408 } from './shm408';

/**
 * All rules, by their numbers: 1 the memory is not really shared, 2 memory, 3 host privileges, 4
 * placement.
 */
export const RULES: readonly Rule[] = [
  SHM101,
  SHM102,
  SHM103,
  SHM104,
  SHM105,
  SHM107,
  SHM108,
  SHM109,
  SHM110,
  SHM111,
  SHM112,
  SHM114,
  SHM201,
  SHM202,
  SHM203,
  SHM204,
  SHM205,
  SHM207,
  SHM209,
  SHM301,
  SHM302,
  SHM303,
  SHM304,
  SHM305,
  SHM306,
  SHM307,
  SHM308,
  SHM309,
  SHM312,
  SHM313,
  SHM314,
  SHM401,
  SHM402,
  SHM403,
  SHM405,
  SHM406,
  SHM407,
  SHM408,
];

/** What a rule says of itself. */
export type RuleMeta = Omit<Rule, 'check'>;

/** The rules, and what is said about the input itself. */
export const CATALOG: readonly RuleMeta[] = [
  ...RULES,
  UNREADABLE,
  UNREADABLE_MARK,
  EXPIRED,
  UNUSED,
  UNREADABLE_ACKNOWLEDGEMENT,
];

/** A rule by its id. */
export function ruleOf(id: string): RuleMeta | undefined {
  return CATALOG.find(rule => rule.id === id);
}

/**
 * Which rules hold, and how severe they are. `strict` takes what is merely unbudgeted as broken.
 */
export type Pack = 'recommended' | 'strict';

/**
 * The severity of a finding in a pack: what a rule said of the case itself stays, unless it is the
 * rule's own that the pack raises.
 */
export function severityIn(pack: Pack, rule: RuleMeta, own?: Severity): Severity {
  const plain = own ?? rule.severity;
  return pack === 'strict' && rule.strict !== undefined && plain === rule.severity
    ? rule.strict
    : plain;
}
