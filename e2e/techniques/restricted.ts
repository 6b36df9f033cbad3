import type { Context } from '../context';
import { podSpec, type Manifest, type PodSpec } from '../manifests';
import type { Observations } from '../observation';
import { until } from '../until';

/**
 * Gives the client's pod to a namespace that enforces "restricted"; the API server decides, nothing
 * is started. As rendered where admission is promised; where it is not, with everything else that
 * "restricted" asks for filled in, so that what is refused is the technique and nothing else.
 */
export async function restricted(
  context: Context,
  seen: Observations,
  inNamespace: string,
  client: Manifest[],
): Promise<void> {
  const spec = client.map(podSpec).find(pod => pod !== undefined);
  if (!spec) {
    throw new Error('the client has no pod');
  }
  const promised = seen.promised('restricted');
  const tried = promised ? spec : filledIn(spec);
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'client', namespace: inNamespace },
    spec: { ...tried, serviceAccountName: undefined },
  };
  const { code, stderr } = await until('an answer of Pod Security', 30, async () => {
    const answer = await context.kubectl.dryRun(pod);
    return /serviceaccount "default" not found/.test(answer.stderr) ? undefined : answer;
  });
  const [, violation] = /violates PodSecurity "restricted:[^"]*": (.*)/.exec(stderr) ?? [];
  if (code !== 0 && !violation) {
    throw new Error(`refused, but not by Pod Security: ${stderr}`);
  }
  const accepted = code === 0 && !/warning/i.test(stderr);
  // What is in parentheses names volumes and containers.
  const words = violation?.replace(/ \((?:[^()]|\([^()]*\))*\)/g, '').trim();
  seen.add(
    'restricted',
    accepted === promised,
    accepted ? 'admitted without a warning' : `refused: ${words ?? stderr.trim()}`,
  );
}

function filledIn(spec: PodSpec): PodSpec {
  const filled = structuredClone(spec);
  filled.securityContext = {
    ...filled.securityContext,
    runAsNonRoot: true,
    seccompProfile: { type: 'RuntimeDefault' },
  };
  for (const container of [...(filled.initContainers ?? []), ...filled.containers]) {
    container.securityContext = {
      ...container.securityContext,
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
    };
  }
  return filled;
}
