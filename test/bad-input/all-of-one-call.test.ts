import { ApiObject, type Chart, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { attachMessageOf, given, messageOf } from './message';
import { any } from './untyped';
import { Access, Accounting, PodSecurity, PodSharedMemory, SidecarAgent } from '../../src';
import { CallSite } from '../../src/wire/call-site';
import { AGENT, chart, contract, deployment } from '../yaml';

afterEach(() => jest.restoreAllMocks());

/** A workload with two containers, one of which has a small memory limit. */
function two(scope: Chart = chart()): kplus.Deployment {
  const memory = { limit: Size.mebibytes(100) };
  return new kplus.Deployment(scope, 'api', {
    containers: [
      { name: 'api', image: 'i', resources: { memory } },
      { name: 'log', image: 'i', resources: { memory } },
    ],
  });
}

describe('one call that attaches', () => {
  test('fails with all options that are wrong, and with what is wrong in the workload', () => {
    const message = attachMessageOf(() =>
      contract().attachTo(two(), {
        access: Access.READ_WRITE,
        accounting: Accounting.ADD_TO_LIMITS,
        containers: ['aip', 'lgo', 'log'],
      }),
    );
    expect(message).toBe(
      [
        'SHM012 [test/api] access: given Access.READ_WRITE; allowed Access.READ_ONLY, the most that contract routes allows any client; fix: leave it out, and read; to write, ask the owner of the contract for clients: Access.READ_WRITE. The owner must render the agent and the grants again, and send the new contract file; a change in a copy of it changes nothing on the node',
        'SHM007 [test/api] accounting: given Accounting.ADD_TO_LIMITS; allowed nothing: the agent of contract routes pays for the memory; fix: leave it out, or ask the owner of the contract for chargedTo: Payer.CLIENT',
        'SHM009 [test/api] containers: given "aip"; allowed names of: api, log; fix: write "api"',
        'SHM009 [test/api] containers: given "lgo"; allowed names of: api, log; fix: write "log"',
      ].join('\n'),
    );
  });

  test('fails with misspelt options and with what they say, as they are meant', () => {
    const message = attachMessageOf(() =>
      contract().attachTo(two(), any({ acess: 'readWrite', container: ['aip'], color: 3 })),
    );
    expect(given(message)).toEqual([
      'SHM007 [test/api] options: given ["acess","container","color"]',
      'SHM012 [test/api] access: given Access.READ_WRITE',
      'SHM009 [test/api] containers: given "aip"',
    ]);
  });

  test('fails without guesses about the workload where it is not clear what is meant', () => {
    const message = attachMessageOf(() =>
      contract().attachTo(two(), {
        asIs: any('yes'),
        containers: any('api'),
        replaces: any('dshm'),
      }),
    );
    expect(given(message)).toEqual([
      'SHM009 [test/api] containers: given "api"',
      'SHM007 [test/api] replaces: given "dshm"',
      'SHM007 [test/api] asIs: given "yes"',
    ]);
  });

  test('fails with a target that is not clear, and with the options', () => {
    const c = chart();
    deployment(c, 'a');
    deployment(c, 'b');
    expect(
      given(attachMessageOf(() => contract().attachTo(c, { access: Access.READ_WRITE }))),
    ).toEqual([
      'SHM008 [test] target: given a construct with 2 pod templates',
      'SHM012 [test] access: given Access.READ_WRITE',
    ]);
  });

  test('fails with the options of attachToAll() once, and with what is wrong in each workload', () => {
    const c = chart();
    two(c);
    const b = deployment(c, 'b');
    const message = attachMessageOf(() =>
      new PodSharedMemory({ size: Size.gibibytes(1) }).attachToAll(
        c,
        any({ colour: 'red', containers: ['log'] }),
      ),
    );
    expect(given(message)).toEqual([
      'SHM007 [test] options: given ["colour"]',
      'SHM013 [test/api] spec.template.spec.containers[1].resources.limits.memory of container log: given 100Mi',
      'SHM009 [test/b] containers: given "log"',
    ]);
    expect(given(messageOf(() => ApiObject.of(b).toJson()))).toEqual([
      'SHM007 [test] options: given ["colour"]',
      'SHM009 [test/b] containers: given "log"',
    ]);
  });

  test('fails with all options of a SidecarAgent, of PodSharedMemory and of PodSecurity', () => {
    const sidecar = new SidecarAgent({
      contract: contract(),
      containers: [{ ...AGENT, startup: kplus.Probe.fromCommand(['true']) }],
    });
    const options = { access: Access.READ_WRITE, asIs: true, containers: ['aip'] };
    expect(given(attachMessageOf(() => sidecar.attachTo(two(), options)))).toEqual([
      'SHM012 [test/api] access: given Access.READ_WRITE',
      'SHM007 [test/api] asIs: given true, for a SidecarAgent',
      'SHM009 [test/api] containers: given "aip"',
    ]);
    const size = Size.gibibytes(1);
    const bigger = { containers: ['api', 'log', 'web'], workload: 'Deployment/x' };
    expect(
      given(attachMessageOf(() => new PodSharedMemory({ size }).attachTo(two(), bigger))),
    ).toEqual(['SHM008 [test/api] workload: given Deployment/x']);
    expect(
      given(
        attachMessageOf(() =>
          new PodSharedMemory({ size }).attachTo(two(), { containers: bigger.containers }),
        ),
      ),
    ).toEqual([
      'SHM009 [test/api] containers: given "web"',
      'SHM013 [test/api] spec.template.spec.containers[0].resources.limits.memory of container api: given 100Mi',
      'SHM013 [test/api] spec.template.spec.containers[1].resources.limits.memory of container log: given 100Mi',
    ]);
    expect(
      given(
        attachMessageOf(() => {
          const c = chart();
          deployment(c, 'a');
          deployment(c, 'b');
          PodSecurity.restricted().attachTo(c, any({ colour: 1, workload: 'Deployment/x' }));
        }),
      ),
    ).toEqual([
      'SHM007 [test] options: given ["colour"]',
      'SHM008 [test] workload: given Deployment/x',
    ]);
  });

  test('fails with a volume that is not there to be replaced, and with the memory limit', () => {
    const small = deployment(chart());
    expect(
      given(
        attachMessageOf(() =>
          new PodSharedMemory({ size: Size.gibibytes(1) }).attachTo(small, { replaces: ['dshm'] }),
        ),
      ),
    ).toEqual([
      'SHM011 [test/api] replaces: given "dshm"',
      'SHM013 [test/api] spec.template.spec.containers[0].resources.limits.memory of container api: given 128Mi',
    ]);
  });

  test('fails at once with all options where no line is known, and leaves the workload alone', () => {
    jest.spyOn(CallSite.prototype, 'place', 'get').mockReturnValue(undefined);
    const target = two();
    const options = { access: Access.READ_WRITE, accounting: any<Accounting>('no') };
    expect(given(messageOf(() => contract().attachTo(target, options)))).toEqual([
      'SHM012 [test/api] access: given Access.READ_WRITE',
      'SHM007 [test/api] accounting: given "no"',
    ]);
    expect(ApiObject.of(target).toJson().metadata).toEqual({ name: 'test-api' });
  });

  test('fails with all options of serveFrom(), and leaves the workload alone', () => {
    const job = new kplus.Job(chart('test', 'shop'), 'job', { containers: [AGENT] });
    const served = contract({ servedBy: 'vineyard' });
    const options = any<object>({
      accounting: 'no',
      asIs: 'yes',
      container: 3,
      leftovers: 'sweep',
      replaces: 'dshm',
      sizes: { ring: Size.mebibytes(1), table: 5 },
      toolimage: ' ',
    });
    expect(given(messageOf(() => served.serveFrom(job, options)))).toEqual([
      'SHM007 [test/job] options: given ["toolimage"]',
      'SHM009 [test/job] containers: given [3]',
      'SHM007 [test/job] replaces: given "dshm"',
      'SHM007 [test/job] asIs: given "yes"',
      'SHM008 [test/job] target: given a Job',
      'SHM007 [test/job] metadata.namespace: given "shop"',
      'SHM007 [test/job] contract: given contract routes, which is served by vineyard',
      'SHM015 [test/job] toolImage: given " "',
      'SHM007 [test/job] sizes: given ["ring"]',
      'SHM003 [test/job] sizes.table: given 5',
      'SHM007 [test/job] accounting: given "no"',
      'SHM007 [test/job] leftovers: given "sweep"',
    ]);
    expect(ApiObject.of(job).toJson().metadata).toEqual({ name: 'test-job', namespace: 'shop' });
  });
});
