import { TAKING } from './writer-checks';
import { at, isObject, itemsOf, objectsOf, textOf, type Json } from '../../kube/json';
import { claimOf } from '../../kube/persistent-volume';
import { containersOf, type Container } from '../../kube/pod-template';
import { DEV_SHM } from '../../kube/well-known';
import type { ContractSpec } from '../contract/contract-spec';
import { accessTo, backingOf, claimName, memoryDirectory } from '../contract/node-layout';

/** A container that may not write the memory of a contract where a policy limits who writes. */
export interface RefusedWriter {
  readonly container: string;
  /** The keys that lead to the field in the pod spec. */
  readonly path: readonly (string | number)[];
  /** What is there. Absent if the field is absent. */
  readonly value?: Json;
  /** Whether it is the user that is refused, or a way to capabilities. */
  readonly because: 'user' | 'capabilities';
}

/**
 * Returns the containers of a pod spec that a ClientPolicy refuses because they write the memory of
 * a contract as root, as its owner, or with a way to become one of them. It judges as the CEL of
 * the policy does: see {@link WRITER_REFUSALS}.
 */
export function refusedWriters(spec: ContractSpec, pod: Json | undefined): RefusedWriter[] {
  return writersInto(pod, writtenVolumes(spec, pod));
}

/**
 * Returns the containers that such a policy refuses because of how they write into some volumes of
 * a pod spec.
 *
 * @param owners the users who own what is in the volumes, by the names of the volumes
 */
export function writersInto(
  pod: Json | undefined,
  owners: ReadonlyMap<string, number>,
): RefusedWriter[] {
  return containersOf(pod)
    .filter(({ json }) =>
      objectsOf(json.volumeMounts).some(
        ({ name, readOnly }) => owners.has(textOf(name)) && readOnly !== true,
      ),
    )
    .flatMap(each => [...refusedUser(each, pod, [...owners.values()]), ...capabilities(each)]);
}

/** Returns the volumes through which the memory can be written, each with who owns it. */
function writtenVolumes(spec: ContractSpec, pod: Json | undefined): Map<string, number> {
  const written = spec.memory
    .filter(memory => memory.api !== 'systemV' && accessTo(memory, 'readWrite') === 'readWrite')
    .map(memory =>
      backingOf(spec, memory) === 'devShm'
        ? { path: DEV_SHM, owner: 0 }
        : spec.clientVolume === 'hostPath'
          ? { path: memoryDirectory(spec, memory), owner: spec.ownerId ?? 0 }
          : { claim: claimName(spec, memory, 'readWrite'), owner: spec.ownerId ?? 0 },
    );
  return new Map(
    objectsOf(at(pod, 'volumes')).flatMap(volume => {
      const path = at(volume, 'hostPath', 'path');
      const claim = claimOf(volume);
      const found = written.find(each =>
        each.claim === undefined ? each.path === path : each.claim === claim,
      );
      return found ? [[textOf(volume.name), found.owner] as const] : [];
    }),
  );
}

function refusedUser(
  { name, json, path }: Container,
  pod: Json | undefined,
  owners: readonly number[],
): RefusedWriter[] {
  const isSet = (field: string) => at(json, 'securityContext', field) ?? undefined;
  const ofPod = (field: string) => at(pod, 'securityContext', field) ?? undefined;
  const user = isSet('runAsUser') ?? ofPod('runAsUser');
  const nonRoot = isSet('runAsNonRoot') ?? ofPod('runAsNonRoot');
  const isRefused =
    user === undefined
      ? nonRoot !== true
      : typeof user === 'number' && [0, ...owners].includes(user);
  const isOfPod = user !== undefined && isSet('runAsUser') === undefined;
  return isRefused
    ? [
        {
          container: name,
          path: [...(isOfPod ? [] : path), 'securityContext', 'runAsUser'],
          ...(user === undefined ? {} : { value: user }),
          because: 'user',
        },
      ]
    : [];
}

function capabilities({ name, json, path }: Container): RefusedWriter[] {
  const context = isObject(json.securityContext) ? json.securityContext : {};
  const list = (key: string) => itemsOf(at(context, 'capabilities', key)).map(textOf);
  const added = list('add').some(each => TAKING.includes(each));
  const dropped = list('drop');
  const canGain =
    (context.allowPrivilegeEscalation ?? true) === true &&
    !dropped.includes('ALL') &&
    !TAKING.every(each => dropped.includes(each));
  const field = added ? ['capabilities', 'add'] : ['allowPrivilegeEscalation'];
  const value = at(context, ...field);
  return added || canGain
    ? [
        {
          container: name,
          path: [...path, 'securityContext', ...field],
          ...(value === undefined ? {} : { value }),
          because: 'capabilities',
        },
      ]
    : [];
}
