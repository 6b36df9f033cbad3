import type { Guardrail } from './guardrails';
import { policyEntries } from './policy-expressions';
import { at, objectsOf, pointerTo, textOf, type Json } from '../kube/json';
import { claimOf } from '../kube/persistent-volume';
import { writersInto, type RefusedWriter } from '../model/policy/refused-writers';
import type { Mount, Pod } from '../read/pod';

/** What a ClientPolicy refuses of how a pod uses granted memory, and the JSON pointer of it. */
export type RefusedUse = { readonly path: string } & (
  | {
      readonly kind: 'claimWritable' | 'claimPropagates';
      readonly claim: string;
      readonly container: string;
    }
  | {
      readonly kind: 'group';
      readonly claim: string;
      readonly fsGroup: string;
      readonly groupId: string;
    }
  | {
      readonly kind: RefusedWriter['because'];
      readonly container: string;
      readonly value?: Json;
    }
);

/** What the lists of a ClientPolicy say of one namespace, by the names of claims and by paths. */
interface Lists {
  readonly readOnlyClaims: ReadonlyMap<string, string>;
  /** With the groups that own the memories. */
  readonly writableClaims: ReadonlyMap<string, string>;
  /** Claims and paths that may be written, with the users who own the memories. */
  readonly writers: ReadonlyMap<string, string>;
}

/**
 * Returns what a ClientPolicy refuses of the claims, the groups and the users of a pod. Its lists
 * say which claims are granted, and who owns the memory. Empty if its expressions are not those of
 * this library: nobody can tell what they do with the lists.
 */
export function refusedClientUses({ policy, foreignFields }: Guardrail, pod: Pod): RefusedUse[] {
  if (foreignFields.length > 0) {
    return [];
  }
  const listOf = (name: string) => entriesOf(policyEntries(policy, name), pod.manifest.namespace);
  const lists: Lists = {
    readOnlyClaims: listOf('readOnlyClaims'),
    writableClaims: listOf('writableClaims'),
    writers: listOf('writers'),
  };
  return [
    ...pod.mounts.flatMap(mount => refusedMount(mount, lists)),
    ...refusedGroups(pod, lists),
    ...refusedWriters(pod, lists),
  ];
}

/** Returns the entries of a namespace without it, each with its number, or with ''. */
function entriesOf(
  entries: readonly string[],
  namespace: string | undefined,
): ReadonlyMap<string, string> {
  const prefix = `${namespace ?? ''} `;
  return new Map(
    entries
      .filter(entry => entry.startsWith(prefix))
      .map(entry => {
        const [, key = '', number = ''] = /^(.*?)(?:: (\d+))?$/.exec(
          entry.slice(prefix.length),
        ) as RegExpExecArray;
        return [key, number] as const;
      }),
  );
}

/** The policy looks at the mount alone: `readOnly` of the volume does not count. */
function refusedMount({ container, json, path, volume }: Mount, lists: Lists): RefusedUse[] {
  const claim = claimOf(volume?.json) ?? '';
  if (!lists.readOnlyClaims.has(claim)) {
    return [];
  }
  const of = { path, claim, container: container.name };
  const propagation = json.mountPropagation ?? 'None';
  return [
    ...(json.readOnly === true ? [] : [{ ...of, kind: 'claimWritable' as const }]),
    ...(propagation === 'None' ? [] : [{ ...of, kind: 'claimPropagates' as const }]),
  ];
}

function refusedGroups(pod: Pod, { writableClaims }: Lists): RefusedUse[] {
  const fsGroup = pod.at('securityContext', 'fsGroup') ?? undefined;
  if (fsGroup === undefined) {
    return [];
  }
  return pod.volumes
    .map(({ json }) => claimOf(json) ?? '')
    .flatMap((claim): RefusedUse[] => {
      const groupId = writableClaims.get(claim);
      return groupId === undefined || groupId === textOf(fsGroup)
        ? []
        : [
            {
              ...{ kind: 'group', claim, groupId, fsGroup: textOf(fsGroup) },
              path: `${pod.path}/securityContext/fsGroup`,
            },
          ];
    });
}

function refusedWriters(pod: Pod, { writers }: Lists): RefusedUse[] {
  const owners = new Map(
    objectsOf(pod.spec.volumes).flatMap(volume => {
      const path = textOf(at(volume, 'hostPath', 'path') ?? '');
      const owner = writers.get(path) ?? writers.get(claimOf(volume) ?? '');
      return owner === undefined ? [] : [[textOf(volume.name), Number(owner)] as const];
    }),
  );
  return writersInto(pod.spec, owners)
    .filter(({ value }) => value !== undefined || !pod.isPartial)
    .map(({ because, container, path, value }) => ({
      ...{ kind: because, container, ...(value === undefined ? {} : { value }) },
      path: pod.path + pointerTo(value === undefined ? path.slice(0, 2) : path),
    }));
}
