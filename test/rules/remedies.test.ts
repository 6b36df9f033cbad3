import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { foundIn } from './findings';
import { fixed, remediesOf } from '../../src/fix/fixed-documents';
import { SHM401 } from '../../src/rules/shm401-agent-without-toleration';
import { SHM402 } from '../../src/rules/shm402-client-off-agent-nodes';

/** The lines that the suggestions of a rule write, and whether any finding of the rule is left. */
function suggested(rule: string, text: string): { lines: string[]; left: number } {
  const found = foundIn(text).filter(each => each.rule.id === rule);
  expect(found.length).toBeGreaterThan(0);
  const { files } = fixed(remediesOf(found.slice(0, 1), false));
  const before = text.split('\n');
  const after = files.at(0)?.after ?? text;
  return {
    lines: after.split('\n').filter(line => !before.includes(line)),
    left: foundIn(after).filter(each => each.rule.id === rule).length,
  };
}

interface Memory {
  readonly size?: string;
  readonly limit?: string;
  readonly request?: string;
  readonly pod?: string;
  readonly args?: string;
}

const field = (name: string, value: string | undefined) =>
  value === undefined ? '' : `        ${name}:\n          memory: ${value}\n`;

function trainer({ size, limit, request, pod = '', args = '' }: Memory): string {
  const volume = `      volumeMounts:\n        - name: dshm\n          mountPath: /dev/shm\n  volumes:\n    - name: dshm\n      emptyDir:\n        medium: Memory\n        sizeLimit: ${size}\n`;
  return `apiVersion: v1
kind: Pod
metadata: { name: trainer }
spec:
${pod}  containers:
    - name: trainer
      image: docker.io/library/postgres:17
${args}      resources:
        claims: []
${field('limits', limit)}${field('requests', request)}${size === undefined ? '' : volume}`;
}

const WORK_MEM = '      args: [-c, work_mem=1GB]\n'; // takes 6Gi, as hash_mem_multiplier is 2.0

test.each<[string, string, Memory, string[]]>([
  ['the limit: the size, and what it had', 'SHM202', { size: '1Gi', limit: '512Mi' }, ['1536Mi']],
  [
    'not one limit of two',
    'SHM202',
    { size: '1Gi', limit: '512Mi', pod: '  resources: { limits: { memory: 512Mi } }\n' },
    [],
  ],
  [
    'the request: the size, and what it had',
    'SHM204',
    { size: '1Gi', limit: '2Gi', request: '256Mi' },
    ['1280Mi'],
  ],
  [
    'the request, at most to the limit',
    'SHM204',
    { size: '1Gi', limit: '1153433600', request: '256Mi' },
    ['1100Mi'],
  ],
  ['no request above the limit', 'SHM204', { size: '1Gi', limit: '512Mi', request: '256Mi' }, []],
  ['a volume that fits', 'SHM501', { size: '1Gi', limit: '16Gi', args: WORK_MEM }, ['6Gi']],
  [
    'a volume, with limit and request',
    'SHM501',
    { size: '1Gi', limit: '4Gi', request: '2Gi', args: WORK_MEM },
    ['10Gi', '7Gi', '6Gi'],
  ],
  [
    'a volume that is new',
    'SHM501',
    { limit: '16Gi', request: '1Gi', args: WORK_MEM },
    ['7Gi', '6Gi'],
  ],
  ['no new volume without a limit', 'SHM501', { args: WORK_MEM }, []],
])('%s', (_, rule, memory, amounts) => {
  const { lines, left } = suggested(rule, trainer(memory));
  expect(lines.join('\n').match(/\d+[MG]i/g) ?? []).toEqual(amounts);
  expect(left).toBe(amounts.length === 0 ? 1 : 0);
});

describe('SHM503: a volume that is too small for a trainer', () => {
  const torch = (memory: Memory) => trainer({ args: '      command: [torchrun]\n', ...memory });

  test.each<[string, Memory, string[]]>([
    ['its sizeLimit grows to 1Gi', { size: '64M', limit: '16Gi' }, ['1Gi']],
    [
      'and the limit above it',
      { size: '64M', limit: '512Mi', request: '512Mi' },
      ['1536Mi', '1475Mi', '1Gi'],
    ],
  ])('%s', (_, memory, amounts) => {
    const { lines, left } = suggested('SHM503', torch(memory));
    expect(lines.join('\n').match(/\d+[MG]i/g)).toEqual(amounts);
    expect(left).toBe(0);
  });
});

describe('tolerations and labels', () => {
  const CLIENT = /( {2}tolerations:\n) {4}- .*\n/;

  test('one for each effect of the taint', () => {
    const two = SHM401.wrong.replace(
      CLIENT,
      '$1    - { key: example.com/verdicts, operator: Exists, effect: NoSchedule }\n    - { key: example.com/verdicts, operator: Exists, effect: NoExecute }\n',
    );
    expect(suggested('SHM401', two)).toEqual({
      lines: [
        '      tolerations:',
        '        - key: example.com/verdicts',
        '          operator: Equal',
        '          value: "yes"',
        '          effect: NoSchedule',
        '        - key: example.com/verdicts',
        '          operator: Equal',
        '          value: "yes"',
        '          effect: NoExecute',
      ],
      left: 0,
    });
  });

  test('the label of the nodes, and their taint', () => {
    const tainted = SHM402.wrong.replace(
      "      nodeSelector: { example.com/verdicts: 'yes' }\n",
      '$&      tolerations: [{ key: example.com/verdicts, operator: Exists }]\n',
    );
    expect(suggested('SHM402', tainted)).toEqual({
      lines: [
        '  nodeSelector:',
        '    example.com/verdicts: "yes"',
        '  tolerations:',
        '    - key: example.com/verdicts',
        '      operator: Equal',
        '      value: "yes"',
      ],
      left: 0,
    });
  });

  test('without marks, too: the nodes of the only DaemonSet that writes the directory', () => {
    const text = readFileSync(join(__dirname, 'cases', 'shm402-without-mark.yaml'), 'utf8');
    const [agent, client] = text.split('---\n');
    expect(suggested('SHM402', `${agent}---\n${client}`)).toEqual({
      lines: ['  nodeSelector:', '    pool: business'],
      left: 0,
    });
  });

  test('not against the selector of the client', () => {
    const other = SHM402.wrong.replace(
      '  hostIPC: true # SHM301 note\n  containers',
      "  hostIPC: true\n  nodeSelector: { example.com/verdicts: 'no' }\n  containers",
    );
    expect(suggested('SHM402', other)).toEqual({ lines: [], left: 1 });
  });
});

describe('SHM202 and SHM204 of a volume where SHM123 misses the memory of the node', () => {
  const set = (dir: string, second = '') => `apiVersion: v1
kind: Pod
metadata: { name: driver, namespace: media }
spec:
  containers: [{ name: driver, image: driver, args: [--ring=/dev/shm/quotes], volumeMounts: [{ name: shm, mountPath: /dev/shm }] }]
  volumes: [{ name: shm, hostPath: { path: /dev/shm } }]
---
apiVersion: v1
kind: Pod
metadata: { name: risk, namespace: shop }
spec:
  containers:
    - name: risk
      image: risk
      env: [{ name: RING, value: ${dir} }]
      resources: { limits: { memory: 256Mi }, requests: { memory: 64Mi } }
      volumeMounts: [{ name: dshm, mountPath: /dev/shm }]${second}
  volumes:
    - { name: dshm, emptyDir: { medium: Memory, sizeLimit: 1Gi } }
    - { name: own, emptyDir: { medium: Memory, sizeLimit: 2Gi } }
`;
  const first = (text: string, rule: string) => {
    const found = foundIn(text).filter(each => each.rule.id === rule);
    return found.map(({ fix, remedies }) => [
      fix.split(':')[0],
      remedies === undefined ? 'no patch' : 'a patch',
    ]);
  };

  test('no patch makes room for what does not belong there', () => {
    const text = set('/dev/shm/quotes');
    expect(first(text, 'SHM202')).toEqual([['see SHM123 first', 'no patch']]);
    expect(first(text, 'SHM204')).toEqual([['see SHM123 first', 'no patch']]);
    expect(foundIn(text).find(({ rule }) => rule.id === 'SHM202')?.fix).toBe(
      'see SHM123 first: if dshm gives way to the memory that Pod media/driver has on the node, this finding goes away; if it stays: raise the limit to 1Gi plus what the process itself needs, or lower the sizeLimit',
    );
  });

  test('another volume of the pod, and another file, are advised as ever', () => {
    const two = set(
      '/dev/shm/quotes',
      '\n    - { name: more, image: m, resources: { limits: { memory: 1Gi } }, volumeMounts: [{ name: own, mountPath: /own }] }',
    );
    expect(first(two, 'SHM202').map(([, patch]) => patch)).toEqual(['no patch', 'a patch']);
    const other = set('/dev/shm/other');
    expect(first(other, 'SHM202').map(([, patch]) => patch)).toEqual(['a patch']);
    expect(first(other, 'SHM204').map(([, patch]) => patch)).toEqual(['a patch']);
  });
});
