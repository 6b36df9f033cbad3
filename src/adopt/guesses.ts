import type { AdoptedContract } from './adoption';

/** Something that a contract says, and the manifests do not show. */
export type Guess =
  /** That a directory has files, and no sockets. */
  | { readonly kind: 'files'; readonly memory: string; readonly path: string }
  /** The namespace of the contract. */
  | { readonly kind: 'namespace' }
  /** That a DaemonSet serves the memory, because no other writes there. */
  | { readonly kind: 'agent' };

/** Returns what an adopted contract guesses. */
export function guessesOf({ agent, clients, sockets, spec }: AdoptedContract): Guess[] {
  const all = [...(agent ? [agent] : []), ...clients];
  return [
    ...(all.some(({ manifest }) => manifest.namespace !== undefined)
      ? []
      : [{ kind: 'namespace' } as const]),
    ...spec.memory.flatMap(({ api, existing, name }): Guess[] =>
      existing === undefined || api !== 'files' || sockets.has(name)
        ? []
        : [{ kind: 'files', memory: name, path: existing.path }],
    ),
    ...(agent ? [{ kind: 'agent' } as const] : []),
  ];
}
