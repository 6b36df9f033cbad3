import type { DiffDocument } from './diff-document';
import type { ContractUseChange } from '../../change/set-changes';
import { count } from '../finding-words';

/** Counts the contracts that clients use and nothing serves any more, for the verdict. */
export function unservedIn(contracts: DiffDocument['unserved']): string[] {
  const users = (lost: 'agent' | 'grants') =>
    new Set(contracts.filter(each => each.lost === lost).flatMap(each => each.users)).size;
  const gone = contracts.filter(({ lost }) => lost === 'agent').length;
  const [left, ungranted] = [users('agent'), users('grants')];
  const use = (many: number) => `${count(many, 'workload')} still ${many === 1 ? 'uses' : 'use'}`;
  return [
    ...(gone === 0 ? [] : [`nothing serves ${count(gone, 'contract')} any more that ${use(left)}`]),
    ...(ungranted === 0 ? [] : [`${use(ungranted)} a contract that is not granted any more`]),
  ];
}

/** Counts the workloads that newly use a contract, or no longer do, for the verdict. */
export function usesIn(changes: DiffDocument['uses']): string[] {
  const number = (change: ContractUseChange['change'], access?: ContractUseChange['access']) =>
    new Set(
      changes
        .filter(each => each.change === change && (access ?? each.access) === each.access)
        .map(({ of }) => of),
    ).size;
  const starting = (many: number, one: string, several: string) =>
    many === 0
      ? []
      : [`${count(many, 'workload')} newly ${many === 1 ? one : several} memory of a contract`];
  const stopping = number('stops');
  return [
    ...starting(number('starts', 'readOnly'), 'reads', 'read'),
    ...starting(number('starts', 'readWrite'), 'writes', 'write'),
    ...(stopping === 0
      ? []
      : [`${count(stopping, 'workload')} no longer ${stopping === 1 ? 'uses' : 'use'} a contract`]),
  ];
}
