import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(__dirname, '..', '..');

/* What docs/troubleshooting.md says that init steps say. */

const AGENT = join(ROOT, 'src', 'model', 'agent');
const SCRIPTS = readdirSync(AGENT)
  .map(file => readFileSync(join(AGENT, file), 'utf8'))
  .join('\n');
const [, TABLE] =
  /<!-- messages of src\/model\/agent -->\n([^]*?)<!-- end -->/.exec(
    readFileSync(join(ROOT, 'docs', 'troubleshooting.md'), 'utf8'),
  ) ?? [];
const MESSAGES = [...(TABLE ?? '').matchAll(/^\| `([^`]+)` \|/gm)].map(([, message]) => message);

test('there are messages', () => {
  expect(MESSAGES.length).toBeGreaterThan(10);
});

test.each(MESSAGES)('an init step says "%s"', message => {
  expect(SCRIPTS).toContain(message);
});
