import { CallSite } from '../../src/wire/call-site';

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
