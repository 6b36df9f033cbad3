import * as fc from 'fast-check';
import { findingsOf } from './findings';
import { CommandLine, repositoryName } from '../../src/read/command-line';
import { SOFTWARE, SOFTWARE_RULES } from '../../src/rules/software/software-rules';

test('each profile is a rule with a source of its own, and can be recognised', () => {
  expect(SOFTWARE_RULES.map(({ id }) => id)).toEqual(SOFTWARE.map(({ id }) => id));
  for (const { id, signs, link, needs, check, checkObject } of SOFTWARE) {
    expect([
      id,
      Object.values(signs).flat().length > 0,
      check !== undefined || checkObject !== undefined,
    ]).toEqual([id, true, true]);
    expect(new URL(link).protocol).toBe('https:');
    expect(needs).toMatch(/^\w.*[^.]$/);
  }
});

const part = fc.stringMatching(/^[a-z0-9]([a-z0-9_-]{0,8}[a-z0-9])?$/);

test('an image has the same name in any registry, with any tag and digest', () => {
  const registry = fc.oneof(
    fc.constant(''),
    part.map(host => `${host}.example.com:5000/`),
    part.map(path => `${path}/`),
  );
  const tag = fc.oneof(
    fc.constant(''),
    part.map(text => `:${text}`),
  );
  const digest = fc.constantFrom('', `@sha256:${'0'.repeat(64)}`);
  fc.assert(
    fc.property(registry, part, tag, digest, (before, name, after, exact) => {
      expect(repositoryName(before + name + after + exact)).toBe(name);
    }),
  );
});

test('software is not recognised by the names of containers, volumes and labels', () => {
  const names = SOFTWARE.flatMap(({ signs }) => [
    ...(signs.images ?? []),
    ...(signs.programs ?? []),
  ]);
  for (const name of names.filter(each => /^[a-z0-9-]+$/.test(each))) {
    const pod = `{apiVersion: v1, kind: Pod, metadata: {name: ${name}, labels: {app: ${name}}}, spec: {containers: [{name: ${name}, image: 'registry.example.com/${name}/agent:1', args: [--target, ${name}]}]}}`;
    expect([name, findingsOf(pod)]).toEqual([name, []]);
  }
});

test.each([
  [['postgres', '-D', '/data'], ['postgres']],
  [['/usr/bin/tini', '--', '/usr/local/bin/postgres'], ['postgres']],
  [
    ['sh', '-c', 'A=1 exec postgres'],
    ['sh', 'postgres'],
  ],
  [
    ['bash', '-ec', 'initdb && (sleep 1; psql -U postgres) | tee log'],
    ['bash', 'initdb', 'sleep', 'psql', 'tee'],
  ],
  [['python3', '-m', 'torch.distributed.run'], ['python3']],
  [['psql', 'postgres'], ['psql']],
  [['gosu', 'postgres', 'postgres', '-c', 'a=b'], ['postgres']],
  [['/sbin/su-exec', 'postgres:postgres', '/usr/bin/postmaster'], ['postmaster']],
  [['tini', '-g', '-p', 'SIGTERM', '--', 'gosu', 'ray', 'ray', 'start'], ['ray']],
  [['dumb-init', '--rewrite', '15:2', '--', 'chromium'], ['chromium']],
  [['setpriv', '--reuid', '999', '--clear-groups', 'postgres'], ['postgres']],
  [['runuser', '-u', 'postgres', '--', 'postgres'], ['postgres']],
  [['timeout', '-k', '5', '30', 'nice', '-n', '5', 'vllm', 'serve'], ['vllm']],
  [['env', '-u', 'HOME', 'A=1', 's6-setuidgid', 'www', 'redis-server'], ['redis-server']],
  [
    ['sh', '-c', 'exec gosu postgres postgres -c dynamic_shared_memory_type=posix'],
    ['sh', 'postgres'],
  ],
  [
    ['gosu', 'postgres', 'sh', '-c', 'initdb && exec patroni'],
    ['sh', 'initdb', 'patroni'],
  ],
  [
    ['sh', '-c', 'until nc -z db 1 2>&1; do sleep 1; done'],
    ['sh', 'nc', 'sleep', 'done'],
  ],
  [['gosu', 'postgres'], []],
])('%j runs %j', (command, programs) => {
  expect(new CommandLine({ command }).programs).toEqual(programs);
});

test('without a program of its own, a container runs the program of its image', () => {
  expect(new CommandLine({}).isOfImage).toBe(true);
  expect(new CommandLine({ args: ['-c', 'a=b'] }).isOfImage).toBe(true);
  expect(new CommandLine({ args: ['psql'] }).isOfImage).toBe(false);
  expect(new CommandLine({ command: ['sleep'], args: ['-c'] }).isOfImage).toBe(false);
});

test('an option has the last value that is given, in each spelling, and is found in its field', () => {
  const line = new CommandLine({
    command: ['vllm', 'serve'],
    args: ['--size', '1', '--size=2', '--last'],
  });
  expect([
    line.valuesOf('--size', '-s'),
    line.valueOf('--size'),
    line.valueOf('--last'),
    line.valueOf('--none'),
  ]).toEqual([['1', '2'], '2', undefined, undefined]);
  expect([line.fieldOf('serve'), line.fieldOf('--size=2'), line.fieldOf('none')]).toEqual([
    'command/1',
    'args/2',
    '',
  ]);
});
