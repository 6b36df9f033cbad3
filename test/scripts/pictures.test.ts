import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { demoCommands, demoPicture, RECORDING } from '../../scripts/pictures/demo-terminal';
import { terminal, type Step } from '../../scripts/pictures/terminal';

const ROOT = join(__dirname, '..', '..');
const DEMO = readFileSync(join(ROOT, 'assets', 'demo.yaml'), 'utf8');

test('docs/demo.svg is what npm run pictures draws', () => {
  expect(readFileSync(join(ROOT, 'docs', 'demo.svg'), 'utf8')).toBe(demoPicture());
});

test('it shows the commands of the first lines of the demo, as they were recorded', () => {
  const steps = JSON.parse(readFileSync(RECORDING, 'utf8')) as Step[];
  expect(steps.map(({ command }) => command)).toEqual(demoCommands());
  expect(demoCommands()).toHaveLength(6);
});

test('the recording has what the README says of it', () => {
  const steps = JSON.parse(readFileSync(RECORDING, 'utf8')) as Step[];
  const [apply, agent, client, first, second, outsider] = steps.map(({ output }) => output);
  const objects = DEMO.match(/^kind: /gm)?.length;
  expect(apply.filter(line => line.endsWith(' created'))).toHaveLength(objects ?? 0);
  expect(agent.at(-1)).toBe('daemon set "clock" successfully rolled out');
  expect(client.at(-1)).toBe('deployment "reader" successfully rolled out');
  const time = /^the agent says \w+ \w+ +\d+ \d\d:\d\d:\d\d UTC \d{4}$/;
  const readOnly = 'touch: /run/clock/own: Read-only file system';
  expect([first, second]).toEqual([
    [expect.stringMatching(time), readOnly],
    [expect.stringMatching(time), readOnly],
  ]);
  expect(second[0]).not.toBe(first[0]);
  expect(outsider).toContain('touch: /run/clock/own: Permission denied');
  expect(outsider.join()).not.toMatch(/the agent says \w/);
});

test('text is escaped', () => {
  expect(terminal('a < b', [{ command: 'a > b', output: ['&'] }])).toContain('>$ a &gt; b<');
});
