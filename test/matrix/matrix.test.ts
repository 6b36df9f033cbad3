import { rmSync } from 'node:fs';
import { Include, Size, Testing } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import type { IConstruct } from 'constructs';
import { differences } from './differences';
import { FILE, SCRATCH } from './vendored';
import { WORKLOADS, type Workload } from './workloads';
import {
  PodSecurity,
  PodSharedMemory,
  SharedMemory,
  SidecarAgent,
  type TargetOptions,
} from '../../src';
import { at, keysOf } from '../../src/kube/json';
import { restrictedViolations } from '../../src/kube/pod-security';
import { AGENT, chart, contract, rendered, TOOLS, type Rendered } from '../yaml';

const FILES = SharedMemory.files({
  name: 'table',
  size: Size.mebibytes(256),
  mountPath: '/run/routes',
});
const SYSTEM_V = SharedMemory.systemV({ name: 'verdicts', size: Size.mebibytes(1) });
const both = () => contract({ memory: [FILES, SYSTEM_V] });
const ANNOTATION = '/metadata/annotations/cdk8s-shared-memory/contract.routes';
const CONTAINERS = ['api'];
const ALL = Object.entries(WORKLOADS);
const DAEMON_SETS = ALL.filter(([, { kind }]) => kind === 'DaemonSet');

type Attach = (construct: IConstruct, options: TargetOptions) => void;
interface Changes {
  readonly pod: Rendered;
  readonly rest: Rendered;
  readonly now: Rendered;
  readonly was: Rendered;
}

interface Seen {
  readonly spec: Rendered;
  readonly rest: Rendered;
}

function seen({ kind, template, make, only }: Workload, attach: Attach): Seen {
  const c = chart();
  attach(make(c), { workload: only });
  const [object] = rendered(c, kind);
  const spec = at(object, ...keysOf(`${template}/spec`)) as Rendered;
  return { spec: structuredClone(spec), rest: emptied(object, spec) };
}

/**
 * Without the library a workload is always the same, and an Include takes a process of its own to
 * read its file.
 */
const BEFORE = new Map<Workload, Seen>();

/**
 * A workload without and with the library: what changed in the pod that is meant and in all else,
 * and the pod as it is now.
 */
function changes(workload: Workload, attach: Attach): Changes {
  const before = BEFORE.get(workload) ?? seen(workload, () => {});
  BEFORE.set(workload, before);
  const after = seen(workload, attach);
  return {
    pod: differences(before.spec, after.spec),
    rest: differences(before.rest, after.rest),
    now: after.spec,
    was: before.spec,
  };
}

/** The object without the pod spec that is meant. */
function emptied(object: Rendered, spec: Rendered): Rendered {
  return JSON.parse(JSON.stringify(object, (_, value) => (value === spec ? 'the pod' : value)));
}

/** The marks among what changed; anything else is no JSON, and an error. */
const marks = (rest: Rendered) =>
  Object.entries(rest).map(([path, text]) => {
    const { side, containers } = JSON.parse(String(text));
    return [path, side, containers];
  });
const named = (list: Rendered = []) => list.map((item: Rendered) => item.name);

afterAll(() => rmSync(SCRATCH, { recursive: true }));

test('the workloads are of nine cdk8s-plus and their generated classes, ApiObject, Include, Helm, and of custom kinds', () => {
  expect([ALL.length, DAEMON_SETS.length]).toEqual([
    9 * 6 * 2 + 2 * 6 + 2 + 6 + 1,
    9 * 2 + 3 + 1 + 1,
  ]);
});

describe.each(ALL)('%s', (_, workload) => {
  test('a client gets these fields, and nothing of the workload changes', () => {
    const { pod, rest } = changes(workload, (c, options) =>
      both().attachTo(c, { ...options, containers: CONTAINERS }),
    );
    expect(marks(rest)).toEqual([[ANNOTATION, 'client', CONTAINERS]]);
    expect(pod).toStrictEqual({
      '/hostIPC': true,
      '/nodeSelector/example.com/routes-agent': 'yes',
      '/securityContext/supplementalGroups[2000]': 2000,
      '/tolerations[example.com/routes-agent]': {
        key: 'example.com/routes-agent',
        operator: 'Equal',
        value: 'yes',
        effect: 'NoSchedule',
      },
      '/volumes[routes-table]': {
        name: 'routes-table',
        persistentVolumeClaim: { claimName: 'routes-table-v1-ro', readOnly: true },
      },
      '/containers[api]/volumeMounts[/run/routes]': {
        name: 'routes-table',
        mountPath: '/run/routes',
        readOnly: true,
      },
    });
  });

  test('a native sidecar stays one, and the agent becomes another', () => {
    const agent = new SidecarAgent({
      contract: contract({ memory: [FILES] }),
      containers: [{ ...AGENT, startup: kplus.Probe.fromCommand(['true']) }],
    });
    const { pod, rest, now, was } = changes(workload, (c, options) =>
      agent.attachTo(c, { ...options, containers: CONTAINERS }),
    );
    expect(marks(rest)).toEqual([[ANNOTATION, 'sidecar', CONTAINERS]]);
    expect(pod).toStrictEqual({
      '/initContainers[agent]': expect.objectContaining({
        image: AGENT.image,
        restartPolicy: 'Always',
        startupProbe: expect.objectContaining({ exec: { command: ['true'] } }),
        resources: expect.objectContaining({
          limits: expect.objectContaining({ memory: '384Mi' }),
        }),
        volumeMounts: [{ name: 'routes-table', mountPath: '/run/routes' }],
      }),
      '/securityContext/fsGroup': 2000,
      '/volumes[routes-table]': {
        name: 'routes-table',
        emptyDir: { medium: 'Memory', sizeLimit: '256Mi' },
      },
      '/containers[api]/volumeMounts[/run/routes]': {
        name: 'routes-table',
        mountPath: '/run/routes',
        readOnly: true,
      },
    });
    expect(named(now.initContainers)).toEqual(['agent', ...named(was.initContainers)]);
    expect(now.initContainers[1]?.restartPolicy).toBe(workload.sidecar ? 'Always' : undefined);
  });

  test('a bigger /dev/shm is a volume and a mount', () => {
    const devShm = new PodSharedMemory({ size: Size.mebibytes(256) });
    const { pod, rest } = changes(workload, (c, options) =>
      devShm.attachTo(c, { ...options, containers: CONTAINERS }),
    );
    expect(rest).toEqual({});
    expect(pod).toStrictEqual({
      '/volumes[dev-shm]': { name: 'dev-shm', emptyDir: { medium: 'Memory', sizeLimit: '256Mi' } },
      '/containers[api]/volumeMounts[/dev/shm]': { name: 'dev-shm', mountPath: '/dev/shm' },
    });
  });

  test('PodSecurity.restricted() adds what is lacking, and nothing else', () => {
    const { pod, rest, now, was } = changes(workload, (c, options) =>
      PodSecurity.restricted().attachTo(c, options),
    );
    expect(rest).toEqual({});
    expect(restrictedViolations(was)).not.toEqual([]);
    expect(restrictedViolations(now)).toEqual([]);
    const meant =
      /^\/securityContext\/(runAsNonRoot|seccompProfile\/type)$|^\/(initC|c)ontainers\[\w+\]\/securityContext\/(allowPrivilegeEscalation|capabilities\/drop\[ALL\])$/;
    expect(Object.keys(pod).filter(path => !meant.test(path))).toEqual([]);
    expect(
      Object.values(pod).filter(
        value => ![true, false, 'RuntimeDefault', 'ALL'].includes(value as never),
      ),
    ).toEqual([]);
  });
});

test.each(DAEMON_SETS)(
  '%s serves, and nothing of it changes but what serving takes',
  (_, workload) => {
    const { pod, rest, now } = changes(workload, (c, options) =>
      both().serveFrom(c, { ...options, container: 'api', toolImage: TOOLS }),
    );
    expect(marks(rest)).toEqual([[ANNOTATION, 'agent', CONTAINERS]]);
    expect(pod).toStrictEqual({
      '/hostIPC': true,
      '/nodeSelector/example.com/routes-agent': 'yes',
      '/tolerations[example.com/routes-agent]': {
        key: 'example.com/routes-agent',
        operator: 'Equal',
        value: 'yes',
        effect: 'NoSchedule',
      },
      '/initContainers[prepare-routes]': expect.objectContaining({ image: TOOLS }),
      '/initContainers[measure-routes]': expect.objectContaining({ image: TOOLS }),
      '/volumes[routes-shared-memory]': {
        name: 'routes-shared-memory',
        hostPath: {
          path: '/run/cdk8s-shared-memory/node-agents.routes',
          type: 'DirectoryOrCreate',
        },
      },
      '/containers[api]/volumeMounts[/run/routes]': {
        name: 'routes-shared-memory',
        mountPath: '/run/routes',
        subPath: 'v1/table',
      },
      '/containers[api]/securityContext/runAsGroup': 2000,
      '/containers[api]/securityContext/runAsUser': 10001,
    });
    expect(named(now.initContainers).slice(0, 2)).toEqual(['prepare-routes', 'measure-routes']);
    expect(now.initContainers[2]?.restartPolicy).toBe(workload.sidecar ? 'Always' : undefined);
  },
);

test('attachToAll() takes every workload of a file', () => {
  const c = chart();
  contract().attachToAll(new Include(c, 'shop', { url: FILE }), { containers: CONTAINERS });
  const marked = Testing.synth(c).filter(
    object => object.metadata.annotations['cdk8s-shared-memory/contract.routes'] !== undefined,
  );
  expect(marked.map(object => object.kind)).toEqual([
    'Pod',
    'Deployment',
    'DaemonSet',
    'StatefulSet',
    'Job',
    'CronJob',
  ]);
});
