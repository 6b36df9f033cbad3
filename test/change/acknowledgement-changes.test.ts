import { diffOf, mark, workload } from './sets';
import { markdown } from '../../src/report/diff/diff-markdown';
import { text } from '../../src/report/diff/diff-text';

const KEY = 'cdk8s-shared-memory/acknowledge.SHM301';
const app = (annotations = '', name = 'web') =>
  workload('Deployment', { name, annotations, pod: 'hostIPC: true' });
const says = (reason: string, key = KEY) => `${key}: '${reason}'`;
const lines = (before: string, after: string) =>
  text(diffOf(before, after), words => words)
    .split('\n\n')
    .filter(part => part.startsWith('Acknowledgements\n'))
    .flatMap(part => part.split('\n').slice(1));
const first = (before: string, after: string) => diffOf(before, after).verdict.split('; ')[0];

const UNTIL = says('until 2027-03-31: the vendor needs it');

describe('what somebody accepts is said first', () => {
  test('a new one: the rule, the last day, the reason, and where', () => {
    expect(lines(app(), app(UNTIL))).toEqual([
      '  + SHM301 is accepted until 2027-03-31: the vendor needs it',
      '      said on the object itself, not by whom: Deployment shop/web',
    ]);
    expect(diffOf(app(), app(UNTIL)).verdict).toBe(
      '1 acknowledgement added (SHM301); no privilege gained or lost; no pod restarts, 1 workload changed',
    );
    expect(
      text(diffOf(app(), app(UNTIL)), words => words)
        .split('\n')
        .slice(1, 3),
    ).toEqual(['', 'Acknowledgements']);
  });

  test('without an end, and by a contract', () => {
    expect(lines(app(), app(says('it is old', `${KEY}.guard`)))).toEqual([
      '  + SHM301 is accepted without an end date: it is old',
      '      said by contract guard, on Deployment shop/web',
    ]);
  });

  test('on a new workload, too', () => {
    expect(first('', app(UNTIL))).toBe('1 acknowledgement added (SHM301)');
  });

  test('what one contract accepts for many workloads is said once', () => {
    const many = (annotations: string) =>
      [...Array(9).keys()].map(i => app(annotations, `web-${i}`)).join('');
    const after = many(says('it is old', `${KEY}.guard`));
    expect(lines(many(''), after)[1]).toBe(
      '      said by contract guard, on Deployment shop/web-0, Deployment shop/web-1, Deployment shop/web-2, Deployment shop/web-3, Deployment shop/web-4 and 4 more',
    );
    expect(first(many(''), after)).toBe('1 acknowledgement added (SHM301)');
    expect(diffOf(many(''), after).acknowledgements[0].on).toHaveLength(9);
  });
});

describe('what changes about one is said', () => {
  test.each([
    ['2027-09-30', 'prolonged', '+'],
    ['2027-02-28', 'shortened', '-'],
  ])('another last day: %s, %s', (day, change, sign) => {
    const after = app(UNTIL.replace('2027-03-31', day));
    expect(lines(app(UNTIL), after)[0]).toBe(
      `  ${sign} SHM301 is accepted until ${day}, was accepted until 2027-03-31: the vendor needs it`,
    );
    expect(first(app(UNTIL), after)).toBe(`1 acknowledgement ${change} (SHM301)`);
  });

  test('no last day any more is longer, and a first one is shorter', () => {
    const forever = app(says('the vendor needs it'));
    expect(lines(app(UNTIL), forever)[0]).toBe(
      '  + SHM301 is accepted without an end date, was accepted until 2027-03-31: the vendor needs it',
    );
    expect(first(app(UNTIL), forever)).toContain('prolonged');
    expect(first(forever, app(UNTIL))).toContain('shortened');
  });

  test('another reason', () => {
    const after = app(UNTIL.replace('the vendor needs it', 'nobody has time'));
    expect(lines(app(UNTIL), after).slice(0, 2)).toEqual([
      '    SHM301 is accepted until 2027-03-31: nobody has time',
      '      the reason was: the vendor needs it',
    ]);
    expect(first(app(UNTIL), after)).toBe('1 acknowledgement reworded (SHM301)');
  });

  test('one that is gone, with its object or alone', () => {
    expect(lines(app(UNTIL), app())).toEqual([
      '  - SHM301 is no longer accepted, which it was until 2027-03-31: the vendor needs it',
      '      said on the object itself, not by whom: Deployment shop/web',
    ]);
    expect(first(app(UNTIL), '')).toBe('1 acknowledgement removed (SHM301)');
  });

  test('several at once: what is added comes first', () => {
    const [other, third] = ['SHM303', 'SHM305'].map(rule => KEY.replace('SHM301', rule));
    const before = app(`${UNTIL}, ${says('a', other)}`);
    const after = app(`${UNTIL.replace('2027-03', '2028-03')}, ${says('b', third)}`);
    expect(first(before, after)).toBe(
      '1 acknowledgement added (SHM305), 1 prolonged (SHM301), 1 removed (SHM303)',
    );
    expect(lines(before, after).filter(line => /^ {2}[+-]/.test(line))).toEqual([
      expect.stringContaining('  + SHM305 is accepted'),
      expect.stringContaining('  + SHM301 is accepted until 2028-03-31, was'),
      expect.stringContaining('  - SHM303 is no longer accepted'),
    ]);
  });
});

test('one that cannot be read accepts nothing', () => {
  const wrong = app(says('until soon: x'));
  expect(lines(app(), wrong)).toEqual([]);
  expect(first(app(UNTIL), wrong)).toBe('1 acknowledgement removed (SHM301)');
});

test('however many there are, none is folded, and no text of them is markup', () => {
  const many = [...Array(20).keys()].map(i => says(`reason ${i} <b>@you</b>`, `${KEY}.c${i}`));
  const page = markdown(diffOf(app(), app(many.join(', '))));
  expect(page).not.toContain('<details>');
  expect(page).toContain(
    '- ➕ `SHM301` is accepted without an end date: reason 19 \\<b\\>@\u200byou',
  );
});

test.each(['user root', 'hostPath /var/log, not mounted', 'privileged', 'hostPID'])(
  'SHM320 is a reason for %s',
  what => {
    const after = workload('Deployment', {
      annotations: `${mark('client')}, cdk8s-shared-memory/acknowledge.SHM320: "it ships logs"`,
      container: 'securityContext: { runAsUser: 0, privileged: true }',
      pod: 'hostPID: true\nvolumes: [{ name: v, hostPath: { path: /var/log } }]',
    });
    expect(diffOf('', after).privileges.gained.find(each => each.what === what)?.reason).toBe(
      'acknowledged (SHM320 for all of the object): it ships logs',
    );
  },
);
