import { CallSite, frameOf } from '../../src/wire/call-site';

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

test('the line is not known where a program has its own format of stacks, or has frozen them', () => {
  const { prepareStackTrace, stackTraceLimit } = Error;
  try {
    Error.prepareStackTrace = (_, frames) => frames.length;
    expect(new CallSite().place).toBeUndefined();
    Error.prepareStackTrace = prepareStackTrace;
    Object.defineProperty(Error, 'stackTraceLimit', {
      value: 1,
      writable: false,
      configurable: true,
    });
    expect(new CallSite().place).toBeUndefined();
  } finally {
    Object.defineProperty(Error, 'stackTraceLimit', {
      ...{ value: stackTraceLimit, writable: true, configurable: true, enumerable: true },
    });
    Error.prepareStackTrace = prepareStackTrace;
  }
});

test('the line is the one of the caller', () => {
  expect(new CallSite().place).toMatch(/^test\/wire\/call-site\.test\.ts:\d+$/);
});
