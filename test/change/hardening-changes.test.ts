import { changesOf, deployment, diffOf, gainsAndLosses, mark, workload } from './sets';
import { text } from '../../src/report/diff/diff-text';

const CONTEXT =
  'allowPrivilegeEscalation: false, capabilities: { drop: [ALL] }, readOnlyRootFilesystem: true';
const POD = 'securityContext: { runAsNonRoot: true, seccompProfile: { type: RuntimeDefault } }';
const web = (context: string, pod = POD) => deployment(pod, `securityContext: { ${context} }`);
const HARD = web(CONTEXT);
const WEB = 'Deployment shop/web, web';

test.each<[string, string, string]>([
  ['escalation', web(CONTEXT.replace('false', 'true')), 'allowPrivilegeEscalation: false'],
  ['capabilities', web(CONTEXT.replace('[ALL]', '[KILL]')), 'capabilities.drop: [ALL]'],
  [
    'a writable root',
    web(CONTEXT.replace('Filesystem: true', 'Filesystem: false')),
    'readOnlyRootFilesystem: true',
  ],
  ['a field of the pod', web(CONTEXT, POD.replace('true', 'false')), 'runAsNonRoot: true'],
  [
    'a field of the container, which takes precedence',
    web(`${CONTEXT}, runAsNonRoot: false`),
    'runAsNonRoot: true',
  ],
  [
    'the seccomp profile of the pod',
    web(CONTEXT, 'securityContext: { runAsNonRoot: true }'),
    'seccompProfile: RuntimeDefault',
  ],
  [
    'all of it',
    deployment(),
    'allowPrivilegeEscalation: false, capabilities.drop: [ALL], runAsNonRoot: true, seccompProfile: RuntimeDefault, readOnlyRootFilesystem: true',
  ],
])('a container that loses it: %s', (_, after, fields) => {
  expect(gainsAndLosses(HARD, after)).toEqual({
    gained: [`${WEB}: no longer has ${fields}`],
    lost: [],
  });
  expect(gainsAndLosses(after, HARD)).toEqual({
    gained: [],
    lost: [`${WEB}: now has ${fields}`],
  });
});

describe('capabilities that the container runtime gives by default', () => {
  const root = (more = '') => deployment('', `securityContext: { runAsUser: 0${more} }`);
  const few = (add: string) => root(`, capabilities: { drop: [ALL], add: [${add}] }`);

  test('root that drops all but some of them is hardened, and gains nothing', () => {
    expect(gainsAndLosses(root(), few('CHOWN, CAP_FOWNER'))).toEqual({
      gained: [],
      lost: [`${WEB}: now has capabilities.drop: [ALL]`],
    });
    expect(gainsAndLosses(few('CHOWN, CAP_FOWNER'), root())).toEqual({
      gained: [`${WEB}: no longer has capabilities.drop: [ALL]`],
      lost: [],
    });
  });

  test('fails to hide one that it did not have', () => {
    const gained = (before: string, after: string) => gainsAndLosses(before, after).gained;
    expect(gained(few('CHOWN'), few('CHOWN, FOWNER'))).toEqual([`${WEB}: capability FOWNER`]);
    expect(gained(root(), few('SYS_ADMIN'))).toEqual([
      `${WEB}: capability SYS_ADMIN, which no container has by default`,
    ]);
    expect(gained(root(', capabilities: { drop: [CHOWN] }'), few('CHOWN'))).toEqual([
      `${WEB}: capability CHOWN`,
    ]);
    expect(gained(deployment('', 'securityContext: { runAsUser: 5 }'), few('CHOWN'))).toContain(
      `${WEB}: capability CHOWN`,
    );
  });
});

test.each<[string, string, string]>([
  [
    'the same at the container',
    deployment('', `securityContext: { ${CONTEXT}, ${POD.slice(19, -2)} }`),
    HARD,
  ],
  ['another profile', HARD, web(CONTEXT, POD.replace('RuntimeDefault', 'Localhost'))],
  ['what neither side has', deployment(), deployment('', 'securityContext: { privileged: false }')],
  [
    'a container that is new',
    HARD,
    HARD.replace('containers: [', "containers: [{ name: a, image: 'a:1' }, "),
  ],
  ['a workload that is new', '', deployment()],
])('fails to lose anything: %s', (_, before, after) => {
  expect(gainsAndLosses(before, after)).toEqual({ gained: [], lost: [] });
});

test('user root and the profile Unconfined are privileges, which are told once', () => {
  expect(gainsAndLosses(HARD, web(`${CONTEXT}, runAsNonRoot: false, runAsUser: 0`)).gained).toEqual(
    [`${WEB}: user root`],
  );
  const unconfined = web(CONTEXT, POD.replace('RuntimeDefault', 'Unconfined'));
  expect(gainsAndLosses(HARD, unconfined).gained).toEqual([
    'Deployment shop/web: seccompProfile Unconfined',
  ]);
});

test('one loses and one gains', () => {
  const [before, after] = ['false', 'true'].map(escalation =>
    web(
      `allowPrivilegeEscalation: ${escalation}, capabilities: { drop: [${escalation === 'true' ? 'ALL' : ''}] }`,
    ),
  );
  expect(gainsAndLosses(before, after)).toEqual({
    gained: [`${WEB}: no longer has allowPrivilegeEscalation: false`],
    lost: [`${WEB}: now has capabilities.drop: [ALL]`],
  });
});

describe('a new container says what it lacks', () => {
  const client = (init: string) =>
    workload('Deployment', {
      annotations: mark('client'),
      pod: `${POD}\ninitContainers: [${init}]`,
    });
  const [none, lacking, hard] = [
    '',
    "{ name: a, image: 'a:1', securityContext: { capabilities: { drop: [ALL] } } }",
    `{ name: a, image: 'a:1', securityContext: { ${CONTEXT} } }`,
  ].map(client);

  test('in a pod that takes part in a contract', () => {
    const fields = 'allowPrivilegeEscalation: false, readOnlyRootFilesystem: true';
    expect(text(diffOf(none, lacking), words => words)).toContain(
      `  + Deployment shop/web, initContainers[a]: new, image a:1, without ${fields}\n`,
    );
    expect(diffOf(none, lacking).containers[0].lacks).toBe(fields);
    expect(changesOf(none, lacking).containers[0].lacks).toEqual([
      'allowPrivilegeEscalation',
      'readOnlyRootFilesystem',
    ]);
  });

  test('but not if it lacks nothing, is gone, or is in another pod', () => {
    expect(diffOf(none, hard).containers[0].lacks).toBeNull();
    expect(diffOf(lacking, none).containers[0].lacks).toBeNull();
    const other = deployment("initContainers: [{ name: a, image: 'a:1' }]");
    expect(diffOf(deployment(), other).containers[0].lacks).toBeNull();
  });
});
