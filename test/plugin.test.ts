import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SharedMemoryValidation } from '../src/plugin';
import { SHM202 } from '../src/rules/shm202-size-exceeds-limit';

/** The report of cdk8s-cli itself, which exports no types. */
interface Context {
  readonly report: { readonly success: boolean; toString(): string };
}
const CLI = join(__dirname, '..', 'node_modules', 'cdk8s-cli', 'lib', 'plugins', 'validation');
// eslint-disable-next-line @typescript-eslint/no-require-imports
const { ValidationContext } = require(CLI) as {
  ValidationContext: new (manifests: string[], ...about: unknown[]) => Context;
};

test('the report of cdk8s-cli counts each finding once, with its field and its line', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'plugin-'));
  try {
    const file = join(folder, 'pod.k8s.yaml');
    writeFileSync(file, SHM202.wrong);
    const about = ['cdk8s-shared-memory', '0.0.0', { trainer: { path: 'chart/trainer' } }, false];
    const context = new ValidationContext([file], ...about);
    await new SharedMemoryValidation({ today: '2026-01-01' }).validate(context);
    const lines = context.report.toString().split('\n');
    const [title] = lines.filter(line => line.includes('SHM202'));
    expect(title).toContain('SHM202 (error) (1 occurrences)');
    const from = lines.indexOf(title);
    const place = lines.indexOf('    - Locations:', from);
    expect(lines.slice(place, place + 3)).toEqual([
      '    - Locations:',
      expect.stringMatching(
        /^ {6}> \/spec\/volumes\/0\/emptyDir\/sizeLimit \(line \d+, column \d+\)$/,
      ),
      '',
    ]);
    expect(lines).toContain('    - Construct Path: chart/trainer');
    expect(context.report.success).toBe(false);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
