import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { demoPicture, demoSteps } from '../../scripts/pictures/demo-terminal';
import { terminal } from '../../scripts/pictures/terminal';

const ROOT = join(__dirname, '..', '..');
const DEMO = readFileSync(join(ROOT, 'assets', 'demo.yaml'), 'utf8');

test('docs/demo.svg is what npm run pictures draws', () => {
  expect(readFileSync(join(ROOT, 'docs', 'demo.svg'), 'utf8')).toBe(demoPicture());
});

test('it shows the commands of the first lines of the demo, in their order', () => {
  const commands = [...DEMO.matchAll(/^# {3}(kubectl .*?) *(#.*)?$/gm)].map(([, each]) => each);
  const shown = demoSteps().map(({ command }) => command);
  expect([...new Set(shown)]).toEqual(commands.filter(each => !each.includes('delete')));
});

test('the lines of the containers are those that their commands print', () => {
  expect(DEMO).toContain('echo "the agent says $(cat /run/clock/now)"; touch /run/clock/own');
  const lines = demoSteps()
    .filter(({ command }) => command.includes('logs'))
    .flatMap(({ output }) => output);
  expect(lines.filter(line => !/^(the agent says|touch: \/run\/clock\/own: )/.test(line))).toEqual(
    [],
  );
});

test('text is escaped', () => {
  expect(terminal('a < b', [{ command: 'a > b', output: ['&'] }])).toContain('>$ a &gt; b<');
});
