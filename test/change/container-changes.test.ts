import { changesOf, deployment, diffOf, grant, mark, workload } from './sets';
import { waitScript } from '../../src/model/agent/wait-script';
import { markdown } from '../../src/report/diff/diff-markdown';
import { sectionsOf } from '../../src/report/diff/diff-sections';
import { text } from '../../src/report/diff/diff-text';

/** The lines of the section about containers. */
const lines = (before: string, after: string) =>
  (text(diffOf(before, after), words => words).split('\nContainers\n')[1] ?? '')
    .split('\n\n')[0]
    .split('\n')
    .filter(line => line !== '');
const verdict = (before: string, after: string) => diffOf(before, after).verdict;

const CLAIM =
  'volumes: [{ name: routes, persistentVolumeClaim: { claimName: routes-table-v1-ro } }]';
const MOUNT = '{ name: routes, mountPath: /run/routes, readOnly: true }';
const client = (pod = '', name = 'web') =>
  workload('Deployment', {
    ...{ name, annotations: mark('client') },
    container: `volumeMounts: [${MOUNT}]`,
    pod: `${CLAIM}\n${pod}`,
  });
const init = (container: string) => `initContainers: [${container}]`;
/** What these containers do not say. */
const BARE =
  ', without allowPrivilegeEscalation: false, capabilities.drop: [ALL], runAsNonRoot: true, seccompProfile: RuntimeDefault, readOnlyRootFilesystem: true';
const peek = (mount: string, more = '') =>
  `{ name: peek, image: 'peek:9', volumeMounts: [${mount}] ${more} }`;

describe('a container that only one side has is told with its image', () => {
  test('an init container, where there was none', () => {
    expect(lines(deployment(), deployment(init("{ name: a, image: 'a:1' }")))).toEqual([
      '  + Deployment shop/web, initContainers[a]: new, image a:1',
    ]);
  });

  test('one that is gone, and one without an image, which its operator adds', () => {
    const [two, one] = ["{ name: a, image: 'a:1' }, { name: b }", "{ name: a, image: 'a:1' }"];
    expect(lines(deployment(init(two)), deployment(init(one)))).toEqual([
      '  - Deployment shop/web, initContainers[b]: gone, no image',
    ]);
  });

  test('one that moves to another list: gone there, new here', () => {
    const sidecar = "{ name: log, image: 'log:1', restartPolicy: Always }";
    const before = deployment().replace(
      'containers: [',
      "containers: [{ name: log, image: 'log:1' }, ",
    );
    expect(lines(before, deployment(init(sidecar)))).toEqual([
      '  + Deployment shop/web, initContainers[log]: new, image log:1',
      '  - Deployment shop/web, containers[log]: gone, image log:1',
    ]);
  });

  test('also if apply refuses the change of the workload', () => {
    const after = deployment(init("{ name: a, image: 'a:1' }")).replace('app: web', 'app: x');
    expect(diffOf(deployment(), after).pods[0].outcome).toBe('refused');
    expect(lines(deployment(), after)).toHaveLength(1);
  });

  test('not one with another image: this is a change of its workload', () => {
    expect(lines(deployment(), deployment().replace('web:1', 'web:2'))).toEqual([]);
  });
});

describe('it says whether the container reaches memory of a contract', () => {
  test('with the volume of the client, which no mark gives to it', () => {
    const after = client(init(peek('{ name: routes, mountPath: /p, readOnly: true }')));
    expect(lines(client(), after)).toEqual([
      `  + Deployment shop/web, initContainers[peek]: new, image peek:9${BARE}`,
      '      mounts memory routes/table to read, although no mark says so',
    ]);
    expect(verdict(client(), after)).toBe(
      'no privilege gained or lost; 1 container reaches memory of a contract although no mark says so; 1 workload restarts',
    );
  });

  test('whether it can write depends on the volume of the claim', () => {
    const after = client(init(peek('{ name: routes, mountPath: /p }')));
    const unless = 'to read, and to write unless the volume of its claim refuses it';
    expect(lines(client(), after)[1]).toContain(`routes/table ${unless}, although`);
    expect(lines(grant('shop') + client(), grant('shop') + after)[1]).toContain(
      'mounts memory routes/table to read, although',
    );
  });

  test('with a name in the mark', () => {
    const both = client(init(peek(MOUNT))).replace('["web"]', '["web","peek"]');
    expect(lines(client(), both)).toEqual([
      `  + Deployment shop/web, initContainers[peek]: new, image peek:9${BARE}`,
      '      mounts memory routes/table to read, as its mark says',
    ]);
    expect(verdict(client(), both)).not.toContain('although');
  });

  test('a step of this library, by its script', () => {
    const command = `command: [sh, -euc, ${JSON.stringify(waitScript('file'))}]`;
    const step = (more: string) => client(init(peek(MOUNT, `, ${more}`)));
    expect(lines(client(), step(command))).toEqual([
      '  + Deployment shop/web, initContainers[peek]: new, image peek:9, a step of this library',
      '      mounts memory routes/table to read',
    ]);
    expect(verdict(client(), step(command))).not.toContain('although');
    expect(lines(client(), step(command.replace('waits', 'does not wait')))[1]).toMatch(
      /, although no mark says so$/,
    );
  });

  test('System V memory, which needs no mount', () => {
    const of = (pod: string) =>
      workload('Deployment', {
        annotations: mark('client', { api: 'systemV', mountPath: undefined, backing: 'hostIpc' }),
        pod,
      });
    expect(lines(of(''), of(init("{ name: a, image: 'a:1' }")))[1]).toBe(
      '      reaches memory routes/table in the IPC namespace of its pod, although no mark says so',
    );
  });

  test('a container of both sides with a new mount', () => {
    const log = (mounts: string) =>
      client(init(`{ name: log, image: 'log:1', volumeMounts: [${mounts}] }`));
    const [before, after] = [log(''), log('{ name: routes, mountPath: /p, readOnly: true }')];
    expect(lines(before, after)).toEqual([
      '  + Deployment shop/web, initContainers[log]: reaches more memory, image log:1',
      '      mounts memory routes/table to read, although no mark says so',
    ]);
    expect(lines(after, before)[0]).toBe(
      '  - Deployment shop/web, initContainers[log]: reaches less memory, image log:1',
    );
    expect(verdict(before, after)).toContain('1 container reaches memory');
    expect(verdict(after, before)).not.toContain('reaches memory');
    // reading and then writing is more, too
    expect(lines(after, log('{ name: routes, mountPath: /p }'))[0]).toContain('reaches more');
  });
});

describe('new and deleted workloads', () => {
  test('of a contract: the containers of the app, not the steps of this library', () => {
    const step = `{ name: wait, image: tools, command: [sh, -euc, ${JSON.stringify(waitScript('file'))}] }`;
    const api = client(init(step), 'api');
    expect(lines(client(), client() + api)).toEqual([
      `  + Deployment shop/api, containers[web]: new, image web:1${BARE}`,
      '      mounts memory routes/table to read, as its mark says',
    ]);
    expect(lines(client() + api, client())[0]).toBe(
      '  - Deployment shop/api, containers[web]: gone, image web:1',
    );
  });

  test('without a mark, but with the memory of a contract', () => {
    const outsider = client('', 'outsider').replace(/, annotations: \{.*\} \}/, ' }');
    expect(lines(client(), client() + outsider)[1]).toBe(
      '      mounts memory routes/table to read, although no mark says so',
    );
  });

  test('others are only new', () => {
    expect(lines('', deployment())).toEqual([]);
  });
});

test('as data, for programs', () => {
  const after = client(init(peek('{ name: routes, mountPath: /p }')));
  expect(changesOf(client(), after).containers).toEqual([
    {
      of: { kind: 'Deployment', namespace: 'shop', name: 'web', file: null },
      ...{ container: 'initContainers[peek]', change: 'added', image: 'peek:9', isStep: false },
      nodeAccess: [],
      lacks: [
        'allowPrivilegeEscalation',
        'capabilities.drop',
        'runAsNonRoot',
        'seccompProfile.type',
        'readOnlyRootFilesystem',
      ],
      memories: [
        {
          of: { namespace: 'agents', contract: 'routes', memory: 'table' },
          ...{ reach: 'asVolumeAllows', said: 'unnamed' },
        },
      ],
    },
  ]);
});

test('however many containers are new, one that reaches memory is not folded', () => {
  const many = [...Array(15).keys()].map(i => `{ name: a${i}, image: 'a:1' }`);
  const after = client(init([...many, peek('{ name: routes, mountPath: /p }')].join(', ')));
  const [shown] = markdown(diffOf(client(), after)).split('<details>');
  expect(shown).toContain('`initContainers[peek]`: new, image `peek:9`');
  expect(shown).not.toContain('a12');
  const [first] = sectionsOf(diffOf(client(), after));
  expect([first.title, first.items.length]).toEqual(['Containers', 16]);
});
