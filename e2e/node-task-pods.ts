import type { Context } from './context';
import type { ApiObject, Pod } from './kubectl';
import { until } from './until';

/** The names of a NodePreflight and of a NodeCleanup, each in the namespace of its test. */
export const [PREFLIGHT, CLEANUP] = ['preflight', 'cleanup'];

interface Rolled extends ApiObject {
  readonly metadata: ApiObject['metadata'] & { readonly generation: number };
  readonly status: { readonly observedGeneration?: number };
}

/** What the check of the cleanup said last, once that is about something. */
export async function refusal(
  context: Context,
  namespace: string,
  isAbout: (text: string) => boolean,
): Promise<string> {
  return until(
    'the cleanup refuses',
    240,
    async () =>
      (await taskPod(context, namespace, CLEANUP))?.status.initContainerStatuses
        ?.flatMap(
          ({ state, lastState }) =>
            state.terminated?.message ?? lastState?.terminated?.message ?? [],
        )
        .find(text => text.includes('is still in use') && isAbout(text)),
    async () => context.describe(namespace),
  );
}

/** Waits until the cleanup is done, and returns what its steps said. */
export async function cleaned(context: Context, namespace: string): Promise<string[]> {
  const pod = await until(
    'the cleanup is done',
    400,
    async () => {
      const found = await taskPod(context, namespace, CLEANUP);
      return found && isReady(found) ? found : undefined;
    },
    async () => context.describe(namespace),
  );
  return (
    pod.status.initContainerStatuses?.flatMap(
      ({ state }) => state.terminated?.message?.trim().split('\n') ?? [],
    ) ?? []
  );
}

/** The lines of a refusal that name a user, the same in every run. */
export function usersIn(text: string, node: string): string[] {
  return text
    .split('\n')
    .filter(line => line.startsWith(`${node}:   `))
    .map(line =>
      words(line.slice(node.length + 1), node)
        .replace(/process \d+/g, 'process N')
        .replace(/pod [0-9a-f]{8}-[-0-9a-f]*/g, 'pod UID'),
    );
}

export interface Verdict {
  readonly isReady: boolean;
  readonly text: string;
}

/**
 * What a new pod of the preflight says: of its steps in their order, or the runtime of a step that
 * it does not start.
 */
export async function verdict(context: Context, namespace: string): Promise<Verdict> {
  await until(
    'the DaemonSet has been seen',
    30,
    async () =>
      (await context.kubectl.get<Rolled>('daemonsets', namespace)).every(
        ({ metadata, status }) => status.observedGeneration === metadata.generation,
      ) || undefined,
  );
  await context.kubectl.run([
    'delete',
    'pods',
    '-n',
    namespace,
    '-l',
    `app.kubernetes.io/name=${PREFLIGHT}`,
    '--wait=true',
  ]);
  return until(
    'the preflight has a verdict',
    90,
    async () => {
      const pod = await taskPod(context, namespace, PREFLIGHT);
      const statuses = pod?.status.initContainerStatuses ?? [];
      const failed = statuses.some(
        ({ state: { terminated, waiting }, lastState }) =>
          lastState?.terminated || waiting?.message || (terminated && terminated.exitCode !== 0),
      );
      const text = statuses
        .flatMap(
          ({ state, lastState }) =>
            state.terminated?.message ??
            lastState?.terminated?.message ??
            state.waiting?.message ??
            [],
        )
        .map(each => each.trim())
        .join('\n');
      return pod && (isReady(pod) || failed) ? { isReady: isReady(pod), text } : undefined;
    },
    async () => context.describe(namespace),
  );
}

/** All that the preflight has looked at, also what is as it must be. */
export async function lookedAt(context: Context, namespace: string): Promise<string> {
  const pod = await taskPod(context, namespace, PREFLIGHT);
  const [step] = pod?.status.initContainerStatuses ?? [];
  return pod && step ? context.kubectl.logs(namespace, pod.metadata.name, step.name) : '';
}

async function taskPod(
  context: Context,
  namespace: string,
  name: string,
): Promise<Pod | undefined> {
  return (await context.podsOf(namespace, name))[0];
}

function isReady({ status }: Pod): boolean {
  return (
    status.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True') ??
    false
  );
}

export function linesOf(text: string, ...kinds: string[]): string[] {
  return text.split('\n').filter(line => kinds.some(kind => line.startsWith(`${kind}: `)));
}

/** The same on every node and in every run. */
export function words(text: string, node: string): string {
  return text
    .replaceAll(node, 'NODE')
    .replaceAll('/run/cdk8s-shared-memory/', '')
    .replace(/\d+Ki/g, 'NKi')
    .trim();
}
