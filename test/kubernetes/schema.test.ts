import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { GOOD } from './good';
import { SCHEMA_VERSIONS, schemaErrors, schemaKinds } from './schema';

const documents: Record<string, unknown>[] = parseAllDocuments(GOOD).map(document =>
  document.toJS(),
);

function pod(spec: object): object {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p' },
    spec: { containers: [{ name: 'main', image: 'i:1' }], ...spec },
  };
}

function withSize(sizeLimit: unknown): object {
  return pod({ volumes: [{ name: 'm', emptyDir: { medium: 'Memory', sizeLimit } }] });
}

describe('real objects', () => {
  test.each(documents.map(object => [`${object.apiVersion}/${object.kind}`, object] as const))(
    '%s passes',
    (_, object) => {
      expect(schemaErrors(object)).toEqual([]);
    },
  );

  test('every kind of the bundle is among them', () => {
    expect(
      [...new Set(documents.map(({ apiVersion, kind }) => `${apiVersion}/${kind}`))].sort(),
    ).toEqual(schemaKinds().sort());
  });
});

describe('versions', () => {
  test('there are six, and each file is of the version that its name says', () => {
    expect(SCHEMA_VERSIONS).toEqual(['1.27', '1.29', '1.31', '1.33', '1.35', '1.37']);
    for (const version of SCHEMA_VERSIONS) {
      expect(
        JSON.parse(readFileSync(join(__dirname, `schema-${version}.json`), 'utf8')).kubernetes,
      ).toMatch(new RegExp(`^${version}\\.\\d+$`));
    }
  });

  test('the notice names the release that each of them is made of', () => {
    const releases = SCHEMA_VERSIONS.map(
      version =>
        JSON.parse(readFileSync(join(__dirname, `schema-${version}.json`), 'utf8')).kubernetes,
    );
    expect(readFileSync(join(__dirname, 'NOTICE'), 'utf8')).toContain(
      `${releases.slice(0, -1).join(', ')} and ${releases.at(-1)}`,
    );
  });

  test('the same objects pass in all of them, but for what the older ones do not know', () => {
    const refused = SCHEMA_VERSIONS.flatMap(version =>
      documents.flatMap(object =>
        schemaErrors(object, version).map(error => `${version} ${error}`),
      ),
    );
    const policies = ['ValidatingAdmissionPolicy', 'ValidatingAdmissionPolicyBinding'];
    expect(refused).toEqual([
      '1.27 /spec/template/spec/initContainers/0/restartPolicy: unknown field', // a native sidecar
      ...['1.27', '1.29'].flatMap(version =>
        policies.map(
          kind =>
            `${version} admissionregistration.k8s.io/v1 ${kind}: not among the kinds of schema-${version}.json`,
        ),
      ),
    ]);
  });

  test.each(SCHEMA_VERSIONS)('fails on hostIpc and on a quantity that is none in %s', version => {
    expect(schemaErrors(pod({ hostIpc: true }), version)).toEqual(['/spec/hostIpc: unknown field']);
    expect(schemaErrors(withSize('1GB'), version)).toEqual([
      expect.stringContaining('/spec/volumes/0/emptyDir/sizeLimit: must '),
    ]);
  });
});

describe('unknown fields', () => {
  test('fails on hostIpc, the spelling of the programming languages', () => {
    expect(schemaErrors(pod({ hostIpc: true }))).toEqual(['/spec/hostIpc: unknown field']);
  });

  test('fails on a misspelt field deep in a container', () => {
    const container = {
      name: 'main',
      image: 'i:1',
      livenessProbe: { exec: { commands: ['true'] } },
    };
    expect(schemaErrors(pod({ containers: [container] }))).toEqual([
      '/spec/containers/0/livenessProbe/exec/commands: unknown field',
    ]);
  });

  test('fails on a misspelt field inside an item of a List', () => {
    expect(
      schemaErrors({ apiVersion: 'v1', kind: 'List', items: [pod({}), pod({ hostIpc: true })] }),
    ).toEqual(['/items/1/spec/hostIpc: unknown field']);
  });

  test('reports every one, not only the first', () => {
    expect(schemaErrors(pod({ hostIpc: true, hostPid: true }))).toHaveLength(2);
  });
});

describe('wrong types', () => {
  test('fails on hostIPC as a string', () => {
    expect(schemaErrors(pod({ hostIPC: 'true' }))).toEqual(['/spec/hostIPC: must be boolean']);
  });

  test('fails on a number where an environment variable needs text', () => {
    expect(
      schemaErrors(pod({ containers: [{ name: 'main', env: [{ name: 'A', value: 1 }] }] })),
    ).toEqual(['/spec/containers/0/env/0/value: must be string']);
  });

  test('fails on a user id that is not whole, and on a port beyond 32 bits', () => {
    expect(schemaErrors(pod({ securityContext: { runAsUser: 1.5 } }))).toEqual([
      '/spec/securityContext/runAsUser: must be integer',
    ]);
    expect(
      schemaErrors(pod({ containers: [{ name: 'main', ports: [{ containerPort: 2 ** 31 }] }] })),
    ).toHaveLength(1);
  });

  test('fails on null', () => {
    expect(schemaErrors(pod({ hostIPC: null }))).toEqual(['/spec/hostIPC: must be boolean']);
  });

  test('fails on a missing required field', () => {
    expect(schemaErrors(pod({ containers: undefined }))).toEqual([
      "/spec: must have required property 'containers'",
    ]);
  });

  test('fails on secret data that is not base64', () => {
    expect(
      schemaErrors({ apiVersion: 'v1', kind: 'Secret', data: { a: 'not base64!' } }),
    ).toHaveLength(1);
  });
});

describe('quantities', () => {
  test.each([
    '64Mi',
    '0',
    '0.5',
    '.5Gi',
    '1.',
    '100m',
    '1e3',
    '1E-3',
    '12E',
    '1G',
    '+1k',
    '-1',
    '128974848000m',
    '1n',
    64,
    0.5,
  ])('%p passes', quantity => {
    expect(schemaErrors(withSize(quantity))).toEqual([]);
  });

  test.each([
    '64 MB',
    '1GB',
    '64mi',
    '64MI',
    '64kB',
    '64Ki ',
    ' 64Ki',
    '1e3Mi',
    '1Mi3',
    '1ee3',
    '1e',
    'e3',
    '1K',
    '1,5Gi',
    '1.5.1',
    '0x10',
    'Mi',
    '.',
    '',
    '--1',
    '64M\n',
    true,
  ])('fails on %p', quantity => {
    // A lone e is a suffix of nothing; a lone E is exa.
    expect(schemaErrors(withSize(quantity))).toEqual([
      expect.stringContaining('/spec/volumes/0/emptyDir/sizeLimit: must '),
    ]);
  });

  test('fails on a bad one in the limits and the requests of a container', () => {
    const resources = { limits: { memory: '64 MB' }, requests: { memory: '1GB' } };
    expect(
      schemaErrors(pod({ containers: [{ name: 'main', resources }] })).map(
        error => error.split(':')[0],
      ),
    ).toEqual([
      '/spec/containers/0/resources/limits/memory',
      '/spec/containers/0/resources/requests/memory',
    ]);
  });
});

describe('kinds', () => {
  test.each([
    ['v1', 'DaemonSet'],
    ['apps/v1beta1', 'Deployment'],
    ['apps/v1', 'Daemonset'],
    ['policy/v1beta1', 'PodSecurityPolicy'],
    ['example.com/v1', 'Thing'],
    ['constructor', 'prototype'],
  ])('fails on %s %s', (apiVersion, kind) => {
    expect(schemaErrors({ apiVersion, kind })).toEqual([
      `${apiVersion} ${kind}: not among the kinds of schema-1.33.json`,
    ]);
  });

  test.each([undefined, null, 'text', [], {}, { kind: 'Pod' }, { apiVersion: 1, kind: 'Pod' }])(
    'fails on %j',
    value => {
      expect(schemaErrors(value)).toEqual(['apiVersion and kind must be strings']);
    },
  );

  test('fails on a Kubernetes version that has no schema', () => {
    expect(() => schemaErrors(pod({}), '1.2')).toThrow('no schema for Kubernetes 1.2');
  });
});
