import { type Compared, type Change, change } from './compared-contract';
import type { NodesSpec } from './contract-spec';
import { memoryChanges, named, words } from './memory-compare';
import { readyWhenChanges } from './ready-when-compare';

/**
 * Returns the differences for clients that were rendered with `before`, once the agent and the
 * grants use `after`.
 */
export function compare(before: Compared, after: Compared): Change[] {
  return [
    ...identity(before, after),
    ...(before.version === after.version
      ? before.memory.flatMap(m => memoryChanges(after, m))
      : []),
    ...after.memory
      .filter(m => !named(before, m.name))
      .map(m =>
        change(
          `memory ${m.name}`,
          'absent',
          words(m),
          false,
          ['agent', 'grants'],
          'clients that were rendered before do not mount it',
        ),
      ),
    ...people(before, after),
    ...pod(before, after),
    ...processes(before, after),
  ];
}

function identity(before: Compared, after: Compared): Change[] {
  const changes: Change[] = [];
  for (const field of ['name', 'namespace'] as const) {
    if (before[field] !== after[field]) {
      changes.push(
        change(
          field,
          before[field],
          after[field],
          true,
          ['agent', 'grants', 'clients'],
          'it is part of the path on the node and of the names of grants: this is another contract',
        ),
      );
    }
  }
  if (before.version !== after.version) {
    changes.push(
      change(
        'version',
        before.version,
        after.version,
        true,
        ['agent', 'grants', 'clients'],
        'nobody writes the data of the old version any more: running clients keep it, new ones of the old version start on it where a node still has it, and wait on other nodes',
      ),
    );
  }
  return changes;
}

function people(before: Compared, after: Compared): Change[] {
  const changes: Change[] = [];
  if (before.ownerId !== after.ownerId) {
    changes.push(
      change(
        'ownerId',
        idWords(before.ownerId),
        idWords(after.ownerId),
        false,
        ['agent'],
        "the agent's init step repairs the directory, not the files in it: those of the old owner stay as they are, for the group to read; sweep them (Leftovers.sweep()), or give the contract a new version",
      ),
    );
  }
  if (before.groupId !== after.groupId) {
    changes.push(
      change(
        'groupId',
        idWords(before.groupId),
        idWords(after.groupId),
        true,
        ['agent', 'clients'],
        'clients that were rendered before are not in the new group, and may not read',
      ),
    );
  }
  if (
    before.clients !== undefined &&
    after.clients !== undefined &&
    before.clients !== after.clients
  ) {
    const narrower = before.clients === 'readWrite';
    changes.push(
      change(
        'clients',
        before.clients,
        after.clients,
        narrower,
        narrower ? ['agent', 'grants', 'clients'] : ['agent', 'grants'],
        narrower
          ? 'clients that were rendered to write have no claim for it any more, and the directory is closed to them'
          : 'clients that were rendered before go on reading',
      ),
    );
  }
  return changes;
}

function pod(before: Compared, after: Compared): Change[] {
  const changes: Change[] = [];
  if (before.nodes && after.nodes && nodes(before.nodes) !== nodes(after.nodes)) {
    changes.push(
      change(
        'nodes',
        nodes(before.nodes),
        nodes(after.nodes),
        true,
        ['agent', 'grants', 'clients'],
        'clients that were rendered before stay on nodes that may have no agent, and the node affinity of a PersistentVolume is immutable: give the contract a new version, or label the nodes with both',
      ),
    );
  }
  const volume = (spec: Compared) => spec.clientVolume ?? 'persistentVolumeClaim';
  if (volume(before) !== volume(after)) {
    changes.push(
      change(
        'clientVolume',
        volume(before),
        volume(after),
        false,
        volume(after) === 'hostPath' ? ['clients'] : ['grants', 'clients'],
        volume(after) === 'hostPath'
          ? 'clients that were rendered before need their grant as long as they run'
          : 'clients that were rendered before go on by hostPath',
      ),
    );
  }
  for (const field of ['hostPid', 'hostNetwork'] as const) {
    const [from, to] = [before[field] === true, after[field] === true];
    if (from !== to) {
      changes.push(
        change(
          field,
          String(from),
          String(to),
          to,
          ['agent', 'clients'],
          to
            ? 'both sides need it, and clients that were rendered before do not have it'
            : 'clients that were rendered before have a privilege that they no longer need',
        ),
      );
    }
  }
  if (before.payer !== after.payer) {
    changes.push(
      change(
        'chargedTo',
        before.payer,
        after.payer,
        after.payer === 'client',
        ['agent', 'clients'],
        after.payer === 'client'
          ? 'the memory limits of clients that were rendered before were not written for it'
          : 'the limits of clients may become smaller',
      ),
    );
  }
  changes.push(...readyWhenChanges(before, after));
  const [old, now] = [before, after].map(spec => JSON.stringify(spec.acknowledgements ?? []));
  if (old !== now) {
    changes.push(
      change(
        'acknowledgements',
        old,
        now,
        false,
        ['agent', 'clients'],
        'annotations of the workloads alone: no pod restarts',
      ),
    );
  }
  return changes;
}

function processes(before: Compared, after: Compared): Change[] {
  const changes: Change[] = [];
  const add = (field: string, from: unknown, to: unknown, breaks: boolean, why: string) => {
    const [old, now] = [from, to].map(value => JSON.stringify(value) ?? 'absent');
    if (old !== now) {
      changes.push(change(field, old, now, breaks, ['agent', 'clients'], why));
    }
  };
  const names = [...new Set([before, after].flatMap(({ env }) => Object.keys(env ?? {})))].sort();
  for (const name of names) {
    add(
      `env ${name}`,
      before.env?.[name],
      after.env?.[name],
      false,
      'clients that were rendered before keep the variable that they have',
    );
  }
  add(
    'umask',
    before.umask,
    after.umask,
    false,
    'files that exist keep their modes; sweep them (Leftovers.sweep()), or give the contract a new version',
  );
  add(
    'seLinux',
    before.seLinux,
    after.seLinux,
    true,
    after.seLinux === true
      ? 'a client that writes and was rendered before does not have the level that it needs, and a tmpfs that is mounted keeps its label: give the contract a new version'
      : 'where SELinux is enforcing, the agent can no longer make its directories, or gets categories that its clients do not have',
  );
  for (const field of ['servedBy', 'team', 'dataClass'] as const) {
    add(
      field,
      before[field],
      after[field],
      false,
      'it is a text for reviewers; nothing verifies it',
    );
  }
  const [was, is] = [before, after].map(({ clientUser }) => clientUser ?? 'own');
  add(
    'clientUser',
    was,
    is,
    is === 'owner',
    is === 'owner'
      ? 'clients that were rendered before run as another user, and cannot open files that only the owner may'
      : 'clients that were rendered before go on as the owner',
  );
  return changes;
}

function nodes({ label, taint }: NodesSpec): string {
  return `${label.key}=${label.value}${taint ? `, taint ${taint.key}=${taint.value}:${taint.effect}` : ''}`;
}

function idWords(id: number | undefined): string {
  return id === undefined ? 'none' : String(id);
}
