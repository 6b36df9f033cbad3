import { App, Chart } from 'cdk8s';
import fc from 'fast-check';
import { Access, ClientInjection } from '../../src';
import { at, type JsonObject } from '../../src/kube/json';
import { useLabel } from '../../src/model/injection/use-label';
import {
  attached,
  CASES,
  specOf,
  type InjectedCase,
} from '../../test/model/injection/injected-contracts';
import { randomPod } from '../../test/model/injection/random-pods';
import type { Context } from '../context';
import type { Manifest } from '../manifests';
import type { Seen } from '../observation';
import { until } from '../until';

const LABELED = 'e2e-label-random';
/** Without a policy: what the API server makes of a pod by itself. */
const PLAIN = 'e2e-label-plain';
const PODS_PER_CASE = 60;
const SEED = 17;

interface RandomPod {
  readonly name: string;
  readonly of: InjectedCase;
  readonly pod: JsonObject;
  readonly expected: ReturnType<typeof attached>;
}

/**
 * Random pods, as the offline test has them, created with --dry-run=server: the API server makes of
 * each what `attachTo()` makes of it, and refuses those that it refuses.
 */
export async function randomPods(context: Context): Promise<Seen> {
  await context.makeNamespaces({ [LABELED]: 'privileged', [PLAIN]: 'privileged' });
  await context.apply(policies());
  const probes = CASES.map((of, i) => labeled({ name: `probe-${i}`, of, pod: PROBE }));
  await until('the policies are in force', 60, async () => {
    const { created } = await dryRun(context, probes);
    return created.size === probes.length && [...created.values()].every(isWired);
  });
  const pods = CASES.flatMap((of, i) =>
    fc
      .sample(randomPod(of.claim), { numRuns: PODS_PER_CASE, seed: SEED + i })
      .map((pod, j): RandomPod => ({
        name: `p${i}-${j}`,
        of,
        pod,
        expected: attached(of.contract, of.access, pod),
      })),
  );
  const [wired, alone, byHand] = await Promise.all([
    dryRun(context, pods.map(labeled)),
    dryRun(
      context,
      pods.map(({ name, pod }) => plain(name, pod)),
    ),
    dryRun(
      context,
      pods.map(({ name, expected }) => plain(name, expected.json)),
    ),
  ]);
  const counts = { wired: 0, refused: 0, invalid: 0 };
  const differences: string[] = [];
  for (const { name, of, pod, expected } of pods) {
    const [result, same] = [wired.created.get(name), byHand.created.get(name)];
    const said = wired.refused.get(name) ?? '';
    const fail = (what: string) =>
      differences.push(
        `${of.name}, ${of.access}: ${what}\n${JSON.stringify(pod)}\n${JSON.stringify(result)}`,
      );
    if (!alone.created.has(name) || (expected.problems.length === 0 && same === undefined)) {
      counts.invalid += 1;
      if (result !== undefined) {
        fail('created, and refused without the label');
      }
    } else if (expected.problems.length > 0) {
      counts.refused += 1;
      if (!said.includes('denied request: ') || said.includes('not wired as its label asks')) {
        fail(`attachTo() refuses it; the API server: ${said || 'created'}`);
      }
    } else {
      counts.wired += 1;
      if (result === undefined || compared(result) !== compared(same)) {
        fail(`attachTo() makes ${JSON.stringify(same)}; the API server: ${said}`);
      }
    }
  }
  return {
    observed: `${pods.length} random pods for ${CASES.length} contracts and accesses: ${counts.wired} are wired as attachTo() wires them, ${counts.refused} are refused as attachTo() refuses them, ${counts.invalid} are not valid without the label either${differences.length === 0 ? '' : `; ${differences.length} differ: ${differences.slice(0, 3).join('\n')}`}`,
    ok: differences.length === 0 && counts.wired > 0 && counts.refused > 0,
  };
}

const PROBE: JsonObject = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {},
  spec: { containers: [{ name: 'a', image: 'i' }] },
};

function policies(): Manifest[] {
  const chart = new Chart(new App(), 'random', { disableResourceNameHashes: true });
  for (const { contract, access } of CASES) {
    const isLast = !CASES.some(
      each => each.contract === contract && access === Access.READ_ONLY && each.access !== access,
    );
    if (isLast) {
      new ClientInjection(chart, contract.version, { contract, namespaces: [LABELED], access });
    }
  }
  return chart.toJson() as Manifest[];
}

function labeled({ name, of, pod }: Pick<RandomPod, 'name' | 'of' | 'pod'>): object {
  const access = of.access === Access.READ_WRITE ? 'readWrite' : 'readOnly';
  const labels = { [useLabel('routes')]: `${access}.${of.contract.version}` };
  const metadata = at(pod, 'metadata') as JsonObject;
  return { ...pod, metadata: { ...metadata, name, namespace: LABELED, labels } };
}

function plain(name: string, pod: object): object {
  return { ...pod, metadata: { name, namespace: PLAIN } };
}

interface DryRun {
  readonly created: ReadonlyMap<string, JsonObject>;
  /** What the API server said of those that it refused. */
  readonly refused: ReadonlyMap<string, string>;
}

/** Creates pods with one kubectl, in a dry run of the API server. */
async function dryRun({ kubectl }: Context, pods: readonly object[]): Promise<DryRun> {
  const { stdout, stderr } = await kubectl.try(
    ['create', '--dry-run=server', '-o', 'jsonpath={@}{"\\n"}', '-f', '-'],
    JSON.stringify({ apiVersion: 'v1', kind: 'List', items: pods }),
  );
  const created = stdout
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line) as JsonObject)
    .map((pod): [string, JsonObject] => [String(at(pod, 'metadata', 'name')), pod]);
  const refused = stderr
    .split('\n')
    .map((line): [string, string] => [/[Pp]ods? "([^"]+)" is/.exec(line)?.[1] ?? '', line]);
  return { created: new Map(created), refused: new Map(refused) };
}

function isWired(pod: object): boolean {
  return JSON.stringify(pod).includes('"persistentVolumeClaim"');
}

/** What counts of a pod. The volume of the service account has a random name. */
function compared(pod: object | undefined): string {
  const text = pod === undefined ? '' : JSON.stringify(specOf(pod));
  return text.replace(/kube-api-access-[a-z0-9]{5}/g, 'kube-api-access');
}
