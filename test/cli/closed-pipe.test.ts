import { spawn } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { join } from 'node:path';
import { endWithReader } from '../../src/cli/closed-pipe';

const ROOT = join(__dirname, '..', '..');

/** Runs `rules` in a process of its own, whose reader of one stream is gone from the start. */
function ranWithout(
  stream: 'stdout' | 'stderr',
  ...args: string[]
): Promise<{ code: number | null; err: string }> {
  const main = `require('./src/cli/main').main(${JSON.stringify(args)}).then(code => { process.exitCode = code; })`;
  const child = spawn(process.execPath, ['--require', 'tsx/cjs', '-e', main], { cwd: ROOT });
  let err = '';
  child.stderr.on('data', chunk => (err += String(chunk)));
  child[stream].destroy();
  return new Promise(done => child.on('close', code => done({ code, err })));
}

test('fails quietly, with the status of a closed pipe, if nobody reads what it prints', async () => {
  expect(await ranWithout('stdout', 'rules')).toEqual({ code: 141, err: '' });
}, 60_000);

test('fails in the same way if nobody reads its messages', async () => {
  expect(await ranWithout('stderr', 'explain', 'SHM000')).toEqual({ code: 141, err: '' });
}, 60_000);

test('fails with any other error of a stream', () => {
  const streams = { stdout: new EventEmitter(), stderr: new EventEmitter() };
  const ended: number[] = [];
  endWithReader({ ...streams, exit: code => ended.push(code) });
  const full = Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
  expect(() => streams.stdout.emit('error', full)).toThrow('no space left on device');
  expect(ended).toEqual([]);
});
