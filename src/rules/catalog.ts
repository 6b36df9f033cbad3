import {
  EXPIRED,
  REPEATED_KEY,
  UNREADABLE,
  UNREADABLE_ACKNOWLEDGEMENT,
  UNREADABLE_MARK,
  UNUSED,
} from './acknowledgement-rules';
import { SHM114, SHM306, SHM307, SHM308, SHM312, SHM313, SHM405 } from './refused-by-kubernetes';
import type { Rule } from './rule';
import type { Severity } from './rule-match';
import { SHM101 } from './shm101-volume-hides-dev-shm';
import { SHM102 } from './shm102-other-volume-mounted';
import { SHM103 } from './shm103-technique-does-not-serve-api';
import { SHM104 } from './shm104-sides-differ';
import { SHM105 } from './shm105-container-without-mount';
import { SHM106 } from './shm106-client-namespace-without-grant';
import { SHM107 } from './shm107-mount-path-not-dev-shm';
import { SHM108 } from './shm108-container-not-in-group';
import { SHM109 } from './shm109-fs-group-without-effect';
import { SHM110 } from './shm110-wrong-host-path';
import { SHM111 } from './shm111-directory-or-create';
import { SHM112 } from './shm112-mount-does-not-propagate';
import { SHM113 } from './shm113-nobody-can-fill';
import { SHM115 } from './shm115-two-mounts-at-one-path';
import { SHM116 } from './shm116-empty-dir-on-both-sides';
import { SHM117 } from './shm117-claim-of-one-node';
import { SHM118 } from './shm118-mount-hides-container-files';
import { SHM119 } from './shm119-label-without-policy';
import { SHM120 } from './shm120-refused-by-label';
import { SHM121 } from './shm121-similar-directories';
import { SHM122 } from './shm122-step-contradicts-mark';
import { SHM123 } from './shm123-private-memory-at-shared-path';
import { SHM124 } from './shm124-system-v-key-elsewhere';
import { SHM125 } from './shm125-unnamed-writer';
import { SHM126 } from './shm126-writer-mounts-read-only';
import { SHM201 } from './shm201-memory-volume-without-size';
import { SHM202 } from './shm202-size-exceeds-limit';
import { SHM203 } from './shm203-container-without-limit';
import { SHM204 } from './shm204-request-below-shared-bytes';
import { SHM205 } from './shm205-payer-limit-too-small';
import { SHM206 } from './shm206-client-limit-below-memory';
import { SHM207 } from './shm207-huge-pages-not-requested';
import { SHM209 } from './shm209-unlikely-quantity';
import { SHM210 } from './shm210-system-v-leftovers';
import { SHM301 } from './shm301-host-ipc';
import { SHM302 } from './shm302-host-ipc-not-needed';
import { SHM303 } from './shm303-host-dev-shm';
import { SHM304 } from './shm304-reader-can-write';
import { SHM305 } from './shm305-host-path-despite-claim';
import { SHM309 } from './shm309-namespace-refuses-pod';
import { SHM310 } from './shm310-sockets-of-the-node';
import { SHM311 } from './shm311-node-directory-by-claim';
import { SHM314 } from './shm314-sysctl-in-pod-namespace';
import { SHM316 } from './shm316-selinux-type-without-level';
import { SHM317 } from './shm317-writers-of-other-selinux-levels';
import { SHM318 } from './shm318-volume-for-reading-lets-pods-write';
import { SHM319 } from './shm319-refused-by-client-policy';
import { SHM320 } from './shm320-privilege-without-reason';
import { SHM401 } from './shm401-agent-without-toleration';
import { SHM402 } from './shm402-client-off-agent-nodes';
import { SHM403 } from './shm403-affinity-to-daemon-set';
import { SHM404 } from './shm404-volume-stops-scale-down';
import { SHM406 } from './shm406-surge-doubles-agent';
import { SHM407 } from './shm407-shared-selector';
import { SHM408 } from './shm408-agents-overlap';
import { SOFTWARE_RULES } from './software/software-rules';

/**
 * All rules, sorted by ID. The first digit is the topic: 1 the memory is not really shared, 2
 * memory, 3 host privileges, 4 placement, 5 what known software needs.
 */
export const RULES: readonly Rule[] = [
  SHM101,
  SHM102,
  SHM103,
  SHM104,
  SHM105,
  SHM106,
  SHM107,
  SHM108,
  SHM109,
  SHM110,
  SHM111,
  SHM112,
  SHM113,
  SHM114,
  SHM115,
  SHM116,
  SHM117,
  SHM118,
  SHM119,
  SHM120,
  SHM121,
  SHM122,
  SHM123,
  SHM124,
  SHM125,
  SHM126,
  SHM201,
  SHM202,
  SHM203,
  SHM204,
  SHM205,
  SHM206,
  SHM207,
  SHM209,
  SHM210,
  SHM301,
  SHM302,
  SHM303,
  SHM304,
  SHM305,
  SHM306,
  SHM307,
  SHM308,
  SHM309,
  SHM310,
  SHM311,
  SHM312,
  SHM313,
  SHM314,
  SHM316,
  SHM317,
  SHM318,
  SHM319,
  SHM320,
  SHM401,
  SHM402,
  SHM403,
  SHM404,
  SHM405,
  SHM406,
  SHM407,
  SHM408,
  ...SOFTWARE_RULES,
];

/** The description of a rule, without its check. */
export type RuleMeta = Omit<Rule, 'check'>;

/** All rules, and the rules about the input itself. */
export const CATALOG: readonly RuleMeta[] = [
  ...RULES,
  UNREADABLE,
  UNREADABLE_MARK,
  EXPIRED,
  UNUSED,
  UNREADABLE_ACKNOWLEDGEMENT,
  REPEATED_KEY,
];

/** Returns the description of a rule. Absent if no rule has this ID. */
export function ruleOf(id: string): RuleMeta | undefined {
  return CATALOG.find(rule => rule.id === id);
}

/**
 * Selects the rules that are checked, and their severities. `strict` raises findings about memory
 * without a size, a limit or a request to errors.
 */
export type Pack = 'recommended' | 'strict';

/**
 * Returns the severity of a finding in a pack. A severity that the finding sets itself (`own`) is
 * kept, unless it equals the rule's severity and the pack raises that.
 */
export function severityIn(pack: Pack, rule: RuleMeta, own?: Severity): Severity {
  const plain = own ?? rule.severity;
  return pack === 'strict' && rule.strict !== undefined && plain === rule.severity
    ? rule.strict
    : plain;
}
