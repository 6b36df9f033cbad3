import { itemsOf, textOf } from '../kube/json';
import { cleanPath, isAtOrBelow, overlaps, realPath } from '../kube/path';
import type { Container } from '../kube/pod-template';
import { CommandLine } from '../read/command-line';
import type { Mount, Pod } from '../read/pod';

/**
 * Checks whether an init container can prepare the directory of a mount: make it, and set its owner
 * and mode. It mounts the directory, or one above it, can be root and write there, and its command
 * does not show that it does something else.
 */
export function isPreparedByInit(pod: Pod, { hostPath }: Mount): boolean {
  return (
    hostPath !== undefined &&
    pod.mounts.some(
      each =>
        each.container.role === 'init' &&
        each.hostPath !== undefined &&
        !each.readOnly &&
        !pod.isNonRoot(each.container) &&
        isAtOrBelow(hostPath, each.hostPath) &&
        !leavesAlone(
          each.container,
          realPath(`${each.at}/${hostPath.slice(each.hostPath.length)}`),
        ),
    )
  );
}

/** Programs and words of the shell that change no owner or mode of what is there. */
const IDLE: ReadonlySet<string> = new Set([
  ...[':', '[', '[[', 'break', 'continue', 'done', 'esac', 'exit', 'false', 'fi', 'for', 'set'],
  ...['cat', 'curl', 'date', 'dig', 'echo', 'getent', 'grep', 'id', 'ls', 'nc', 'nslookup'],
  ...['pg_isready', 'ping', 'printf', 'sleep', 'stat', 'test', 'touch', 'true', 'wget'],
]);

/** Programs that change only the paths that they are given, after some other operands. */
const OPERANDS: ReadonlyMap<string, number> = new Map([
  ['chgrp', 1],
  ['chmod', 1],
  ['chown', 1],
  ['mkdir', 0],
]);

const SHELL = /^(sh|bash|ash|dash)$/;
const REDIRECTION = /^\d*[<>]/;
/** An absolute path as it is: no variable, pattern, or quote is in it. */
const PLAIN_PATH = /^\/[\w.,:@%+/-]*$/;

/**
 * Checks whether it is certain that a container does not change a path: its command is in the
 * manifest, and has only programs that are known to change nothing, or only other paths.
 */
function leavesAlone({ json }: Container, path: string): boolean {
  const [first, ...more] = new CommandLine(json).commands;
  const isWritten = itemsOf(json.command).length > 0;
  const texts = [...itemsOf(json.command), ...itemsOf(json.args)];
  if (!isWritten || first === undefined || texts.some(text => textOf(text).includes('`'))) {
    return false;
  }
  return (SHELL.test(first[0]) ? more : [first, ...more]).every(command =>
    isElsewhere(command, path),
  );
}

function isElsewhere([program, ...words]: readonly string[], path: string): boolean {
  const operands = OPERANDS.get(program);
  if (operands === undefined) {
    return IDLE.has(program);
  }
  if (words.some(word => word.startsWith('--reference'))) {
    return false;
  } // then the first word is a path, too
  const paths = words
    .filter(word => !word.startsWith('-') && !REDIRECTION.test(word))
    .slice(operands);
  return (
    paths.length > 0 &&
    paths.every(each => PLAIN_PATH.test(each) && !overlaps(realPath(cleanPath(each)), path))
  );
}
