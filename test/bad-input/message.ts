import { Size } from 'cdk8s';
import { SharedMemory } from '../../src';
import { placed } from '../../src/errors';
import { latestChart } from '../yaml';

/**
 * The message of what is thrown: all of it, so that each part of an error is looked at. Where cdk8s
 * has written the construct in front of an error, it is after the code, as a ReviewApp writes it.
 */
export function messageOf(act: () => unknown): string {
  try {
    act();
  } catch (e) {
    return (e as Error).message.replace(
      /^( +)\[([^\]]+)\] (SHM.+)/gm,
      (_, indent: string, path: string, said: string) => indent + placed(path, said),
    );
  }
  return 'nothing was thrown';
}

/**
 * What the validation of the latest chart says after something was attached to it. The end of each
 * message must say who attached it, in which line of a test, and is left out.
 */
export function attachMessageOf(attach: () => unknown): string {
  attach();
  const found = latestChart()!
    .node.findAll()
    .flatMap(({ node }) => node.validate().map(message => placed(node.path, message)));
  return found.map(withoutLine).join('\n') || 'nothing was reported';
}

/** Where the earlier of two calls that contradict each other is. */
export const EARLIER_LINE = / \(contract [\w-]+: test\/\S+\.test\.ts:\d+\)/;

function withoutLine(message: string): string {
  const [end] =
    / \((contract [\w-]+|PodSharedMemory|PodSecurity\.restricted\(\)) at test\/\S+\.test\.ts:\d+\)$/.exec(
      message,
    ) ?? [];
  if (end === undefined) {
    throw new Error(`no line of a test at the end of: ${message}`);
  }
  return message.slice(0, -end.length).replace(EARLIER_LINE, '');
}

/** Each line of a message, without what is allowed and how to fix it. */
export const given = (message: string) =>
  message.split('\n').map(line => line.split('; allowed ')[0]);

/** A memory of 1 MiB at a path. */
export const files = (mountPath: string, name?: string) =>
  SharedMemory.files({ name, size: Size.mebibytes(1), mountPath });
