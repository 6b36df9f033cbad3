import { join } from 'node:path';
import { AgentContract } from '../src';
import { InputError } from '../src/errors';
import { frameOf, fromCaller } from '../src/user-frames';

test.each([
  ['    at Object.<anonymous> (/app/main.ts:42:7)', '/app/main.ts', '42'],
  ['    at /app/main.ts:42:7', '/app/main.ts', '42'],
  ['    at async run (/app/main.ts:42:7)', '/app/main.ts', '42'],
  ['    at Object.<anonymous> (/tmp/my (app) x/main.js:5:3)', '/tmp/my (app) x/main.js', '5'],
  ['    at file:///tmp/my%20app/n.mjs:5:3', '/tmp/my app/n.mjs', '5'],
  ['    at run (C:\\app\\main.js:5:3)', 'C:\\app\\main.js', '5'],
])('the frame %j', (text, path, line) => {
  expect(frameOf(text)).toEqual({ path, line });
});

test.each([
  '    at Module._load (node:internal/modules/cjs/loader:1521:14)',
  '    at node:internal/main/run_main_module:36:49',
  '    at process.processTicksAndRejections (node:internal/process/task_queues:105:5)',
  '    at new Promise (<anonymous>)',
  'Error: something at /app/main.ts:42:7',
])('%j is no frame of a file', text => {
  expect(frameOf(text)).toBeUndefined();
});

const PROBLEM = { code: 'SHM007', field: 'f', given: 'a', allowed: 'b', fix: 'c' } as const;

test('the first line of the stack of an error is the one of the user', () => {
  const wrong = () =>
    new AgentContract({ name: 'Wrong', version: 'v1', namespace: 'a', memory: [] });
  const stack = (() => {
    try {
      return wrong().name;
    } catch (error) {
      return (error as Error).stack ?? '';
    }
  })();
  const [first] = stack.split('\n').filter(line => frameOf(line));
  expect(first).toMatch(/test\/user-frames\.test\.ts:\d+:\d+\)?$/);
  expect(stack).toMatch(/^InputError: SHM00\d \[contract Wrong\] /);
  expect(stack).not.toContain('src/errors.ts');
});

test('a package of the user that calls the library stays in the stack', () => {
  const library = `    at new AgentContract (${join(__dirname, '..', 'src', 'index.ts')}:1:1)`;
  const ofPackage = '    at exports.routes (/app/node_modules/@acme/platform/index.js:2:30)';
  const ofApp = '    at Object.<anonymous> (/app/main.ts:2:1)';
  const frames = (...lines: string[]) => lines.join('\n');
  expect(
    fromCaller(frames(library, '    at Array.map (<anonymous>)', library, ofPackage, ofApp)),
  ).toBe(frames(ofPackage, ofApp));
  expect(fromCaller(library)).toBe(library);
});

test('a text that looks like a frame stays in the message', () => {
  const { message, stack } = new InputError('here', {
    ...PROBLEM,
    given: 'x\n    at /tmp/other.ts:1:1',
  });
  expect(message).toContain('at /tmp/other.ts:1:1; allowed b');
  expect(stack).toMatch(new RegExp(`^InputError: SHM007 \\[here\\] f: given x\n    at /tmp/other`));
});

test('a program can have its own format of stacks', () => {
  const { prepareStackTrace } = Error;
  try {
    Error.prepareStackTrace = (_, frames) => frames.length;
    expect(new InputError('here', PROBLEM).message).toContain('SHM007');
  } finally {
    Error.prepareStackTrace = prepareStackTrace;
  }
});
