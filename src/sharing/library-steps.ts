import { createHash } from 'node:crypto';
import { at, equal, itemsOf, objectsOf, textOf } from '../kube/json';
import { cleanPath } from '../kube/path';
import type { Container } from '../kube/pod-template';
import {
  MEASURE,
  mountHugePagesScript,
  mountScript,
  PREPARE,
  SWEEP,
} from '../model/agent/init-scripts';
import { AWAITED, waitScript } from '../model/agent/wait-script';
import { CHECK } from '../model/node/cleanup-check-script';
import { REMOVE, REMOVE_OBJECTS, UNMOUNT } from '../model/node/cleanup-scripts';
import { GUARD_PROBE } from '../model/node/guard';
import { GUARD } from '../model/node/guard-script';
import { HOLD } from '../model/node/node-task';
import { preflightScript, PROPAGATION } from '../model/node/preflight-script';

const EITHER = [false, true];

/** The scripts of the init steps that this library adds to pods, and of its node tasks. */
const SCRIPTS: ReadonlySet<string> = new Set([
  ...[PREPARE, SWEEP, MEASURE],
  ...AWAITED.map(waitScript),
  ...EITHER.flatMap(seLinux => [mountScript({ seLinux }), mountHugePagesScript({ seLinux })]),
  ...EITHER.flatMap(seLinux => EITHER.map(hugePages => preflightScript({ hugePages, seLinux }))),
  PROPAGATION,
  ...[CHECK, UNMOUNT, REMOVE, REMOVE_OBJECTS],
]);

/**
 * SHA-256 digests of scripts of earlier releases that are not among {@link SCRIPTS} any more. If a
 * script changes that was released, its digest belongs here: its pods are still running.
 */
const EARLIER: readonly string[] = [
  'aa3976ec4d025cbaab4ef9c6941b380843ac46fe1bf6d7d5a9fb222dd3404e87', // 0.x, PREPARE
  '12df52b87126b793d5cf29d0ca1a64153b6552d2f3c99b5e4c5ab9eca45a230f', // 0.x, mountScript()
  '6f8928d8615fb5ca8c804a05a54b6ffcd27bc9bdf3cc53ffb5048639e44cc75f', // 0.x, mountScript()
  '647bc7ba8a73916c7d4ae6ed8a0a1b3df9979a1ae18cae4fa5b82c7797e288e7', // 0.x, with seLinux
  'cb9c624effbe6a3140c5df86c1b59128a117ec2d4853ccd44dc52d9358ce6829', // 0.x, with executable
  'd573547adaffca9731608bf8d1b801f55d1f7e13dc107793761085c82b55bb85', // 0.x, with both
  'f77a0483a3b354df25ca35bba1f85cb72442b98fa10fe7f5a37857ce2c015734', // 0.x, WAIT
  '5f2d900be8164cbe30902cc7d2d2cd25f99ce86b24c945707023f607f3bb6a04', // 0.x, WAIT
  'bdf2016705e4e83cbfefbdf5a5c53ecbeb9a992e5d0e284bad9076023fba742a', // 0.x, PREPARE
  '1236195e4130424253cdbfe25d68db03c3baf037ebdfee7fb2b07ec26a541750', // 0.x, CHECK
  'a7bd7470d803e1ef106bf13ae29e400a03dfc7e53d8c701aa5bdf67438a61c63', // 0.x, PREFLIGHT
  '048d1fd2a6cde96314658c471591e95b66c7629cf7945e508e0bdaf90b1ab811', // 0.x, CHECK
];

/** Fields with which a container would run something else than its command. */
const OTHER_PROGRAMS = ['args', 'lifecycle', 'livenessProbe', 'startupProbe'];

/** Variables that decide which programs a script finds, or that a shell takes for functions. */
const MISLEADING = /^(PATH|ENV|BASH_.*|LD_.*|SHELLOPTS|BASHOPTS|PS4|IFS|CDPATH|.*[^A-Za-z0-9_].*)$/;

/** Where programs and their libraries are: a volume there brings programs of somebody else. */
const PROGRAMS = /^\/((usr|bin|sbin|lib\w*|etc|opt|busybox)(\/.*)?)?$/;

/**
 * Checks whether a container runs a step of this library, and nothing else. Its script says so, not
 * its name, which anybody can give to a container. The manifests do not show whether its image has
 * the programs that the script expects.
 */
export function isLibraryStep({ json, role }: Container): boolean {
  const [shell, options, script, ...more] = itemsOf(json.command).map(textOf);
  return (
    shell === 'sh' &&
    options === '-euc' &&
    more.length === 0 &&
    OTHER_PROGRAMS.every(field => json[field] === undefined) &&
    objectsOf(json.env).every(({ name }) => !MISLEADING.test(textOf(name))) &&
    json.envFrom === undefined &&
    json.workingDir === undefined &&
    objectsOf(json.volumeMounts).every(
      ({ mountPath }) => !PROGRAMS.test(cleanPath(textOf(mountPath))),
    ) &&
    (role === 'init'
      ? isOwn(script)
      : script === HOLD || isGuard(script, at(json, 'readinessProbe')))
  );
}

function isOwn(script: string): boolean {
  return SCRIPTS.has(script) || EARLIER.includes(createHash('sha256').update(script).digest('hex'));
}

/** The guard of a node goes on working, so it is no init container, and has a probe. */
function isGuard(script: string, probe: unknown): boolean {
  return script === GUARD && equal(probe, GUARD_PROBE);
}
