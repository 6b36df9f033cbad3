import { ApiObject, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { both, containerOf, huge, LEAF, MARK, SMALL, table } from './huge-contract';
import {
  Access,
  Accounting,
  ClientVolume,
  HugePages,
  Payer,
  SharedMemory,
  SidecarAgent,
  type AgentContractProps,
} from '../../src';
import { messageOf } from '../bad-input/message';
import { page, section } from '../report/review/review-examples';
import { findingsOf } from '../rules/findings';
import { AGENT, chart, deployment, rendered, type Rendered } from '../yaml';

describe('on nodes', () => {
  test('one privileged step mounts the hugetlbfs, of exactly the size', () => {
    const pod = both(huge()).agent.spec.template.spec;
    expect(pod.initContainers.map((step: Rendered) => step.name)).toEqual([
      'prepare-routes',
      'mount-huge-pages-routes',
    ]);
    const [, mount] = pod.initContainers;
    expect(Object.fromEntries(mount.env.map(({ name, value }: Rendered) => [name, value]))).toEqual(
      {
        DIRECTORY: '/run/cdk8s-shared-memory/node-agents.routes',
        VERSION: 'v1',
        MEMORIES: 'table.hugepages-2Mi:2750:2M:67108864',
        OWNER: '10001:2000',
      },
    );
    expect([mount.securityContext.privileged, mount.volumeMounts]).toEqual([
      true,
      [{ mountPath: '/node', mountPropagation: 'Bidirectional', name: 'routes-shared-memory' }],
    ]);
    expect(pod.containers[0].volumeMounts).toEqual([
      {
        mountPath: '/run/routes',
        name: 'routes-shared-memory',
        subPath: 'v1/table.hugepages-2Mi/shared',
      },
    ]);
  });

  test('the agent has a limit of huge pages instead of a larger memory limit', () => {
    const { agent, client, volume } = both(huge());
    expect(containerOf(agent).resources.limits).toEqual({
      memory: '64Mi',
      'hugepages-2Mi': '64Mi',
    });
    expect(containerOf(client).resources.limits['hugepages-2Mi']).toBeUndefined();
    expect(volume.spec.local.path).toBe(LEAF);
  });

  test('clients that pay have the limit, and the agent has none', () => {
    const { agent, client } = both(huge({ clients: Access.READ_WRITE, chargedTo: Payer.CLIENT }), {
      access: Access.READ_WRITE,
    });
    expect(
      [agent, client].map(each => containerOf(each).resources.limits['hugepages-2Mi']),
    ).toEqual([undefined, '64Mi']);
  });

  test('two memories add up, and ordinary memory beside them counts as memory', () => {
    const more = (name: string, hugePages?: HugePages) =>
      SharedMemory.files({ name, size: Size.mebibytes(16), mountPath: `/run/${name}`, hugePages });
    const memory = [table(), more('ring', HugePages.SIZE_2MI), more('plain')];
    expect(containerOf(both(huge({ memory })).agent).resources.limits).toMatchObject({
      memory: '64Mi',
      'hugepages-2Mi': '80Mi',
    });
    expect(
      messageOf(() => both(huge({ memory: [...memory, more('large'), more('larger')] }))),
    ).toMatch(/SHM013 .*memory of container agent: given 64Mi; allowed at least 80Mi/);
  });

  test('pages of 1Gi, and clients by hostPath', () => {
    const { agent, client } = both(
      huge({
        memory: [table(Size.gibibytes(2), HugePages.SIZE_1GI)],
        clientVolume: ClientVolume.hostPath(),
      }),
    );
    expect(JSON.stringify(agent)).toContain('table.hugepages-1Gi:2750:1024M:2147483648');
    expect(containerOf(agent).resources.limits['hugepages-1Gi']).toBe('2Gi');
    expect(client.spec.template.spec.volumes[0].hostPath).toEqual({
      path: LEAF.replace('2Mi', '1Gi'),
      type: 'Directory',
    });
  });
});

describe('a limit that is there', () => {
  const paying = huge({ clients: Access.READ_WRITE, chargedTo: Payer.CLIENT });
  const attached = (resources: object, accounting?: Accounting) => {
    const c = chart();
    const pod = new ApiObject(c, 'pod', {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'app' },
      spec: { containers: [{ name: 'app', image: 'registry.example.com/app:1', resources }] },
    });
    paying.attachTo(pod, { access: Access.READ_WRITE, accounting });
    return rendered(c, 'Pod')[0].spec.containers[0].resources;
  };
  const limits = (pages: string) => ({ limits: { memory: '64Mi', 'hugepages-2Mi': pages } });

  test('stays, if it is large enough', () => {
    expect(attached(limits('128Mi'))).toEqual(limits('128Mi'));
  });

  test('gets the shared bytes in addition with ADD_TO_LIMITS, and so does the request', () => {
    expect(attached(limits('2Mi'), Accounting.ADD_TO_LIMITS)).toEqual(limits('66Mi'));
    const equal = { ...limits('2Mi'), requests: { 'hugepages-2Mi': '2Mi' } };
    expect(attached(equal, Accounting.ADD_TO_LIMITS)).toEqual({
      ...limits('66Mi'),
      requests: { 'hugepages-2Mi': '66Mi' },
    });
    expect(attached({ limits: { memory: '64Mi' } }, Accounting.ADD_TO_LIMITS)).toEqual(
      limits('64Mi'),
    );
  });

  test('fails with the number to write, if it is too small', () => {
    expect(messageOf(() => attached(limits('32Mi')))).toMatch(
      /SHM013 .*resources\.limits\["hugepages-2Mi"\] of container app: given 32Mi; allowed at least 64Mi: .*fix: write hugepages-2Mi: 64Mi in limits, and the same in requests or nothing/,
    );
  });

  test('fails beside neither cpu nor memory, which Kubernetes refuses', () => {
    expect(messageOf(() => attached({}))).toMatch(
      /SHM014 .*resources of container app: given neither cpu nor memory; allowed .*Kubernetes refuses hugepages-2Mi without/,
    );
    expect(attached({ requests: { cpu: '10m' } })).toEqual({
      requests: { cpu: '10m' },
      limits: { 'hugepages-2Mi': '64Mi' },
    });
  });
});

describe('in a pod', () => {
  const withSidecar = (props: Partial<AgentContractProps>, access: Access) => {
    const c = chart();
    const startup = kplus.Probe.fromCommand(['test', '-e', '/run/routes/table.bin']);
    new SidecarAgent({
      contract: huge(props),
      containers: [{ ...AGENT, startup, resources: SMALL }],
    }).attachTo(deployment(c), { access });
    const [object] = rendered(c, 'Deployment');
    const { initContainers, containers, volumes } = object.spec.template.spec;
    return {
      object,
      volumes,
      limits: [initContainers[0], containers[0]].map(
        ({ resources }) => resources.limits['hugepages-2Mi'],
      ),
    };
  };

  test('an emptyDir of huge pages, which the kubelet mounts only for a pod that requests them', () => {
    const { object, volumes, limits } = withSidecar({}, Access.READ_ONLY);
    expect(volumes).toEqual([
      { name: 'routes-table', emptyDir: { medium: 'HugePages-2Mi', sizeLimit: '64Mi' } },
    ]);
    expect(limits).toEqual(['64Mi', undefined]);
    expect(JSON.parse(object.metadata.annotations[MARK]).memory).toEqual([
      {
        name: 'table',
        api: 'files',
        size: '64Mi',
        mountPath: '/run/routes',
        hugePages: '2Mi',
        backing: 'emptyDir',
      },
    ]);
    expect(findingsOf(JSON.stringify(object))).toEqual([]);
    expect(section(page(JSON.stringify(object)), 'Memory: who pays')).toContain(
      '| Deployment test-api, `agent` | `routes/table` | 64Mi in huge pages of 2Mi | 64Mi of `hugepages-2Mi` | 0 |',
    );
  });

  test.each([Payer.AGENT, Payer.CLIENT])('both sides that touch have the limit: %s', chargedTo => {
    const { limits } = withSidecar({ clients: Access.READ_WRITE, chargedTo }, Access.READ_WRITE);
    expect(limits).toEqual(['64Mi', '64Mi']);
  });
});
