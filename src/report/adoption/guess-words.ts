import type { Guess } from '../../adopt/guesses';

/** Says what a contract guesses, and what to check. */
export function guessWords(guess: Guess): string {
  switch (guess.kind) {
    case 'files':
      return `a guess: the manifests show no socket in ${guess.path}. Run \`find ${guess.path} -type s\` on a node; if it lists one, write NodeContent.SOCKETS, and acknowledge SHM310`;
    case 'namespace':
      return 'a guess: the manifests name no namespace. Write the one into which you apply them';
    case 'agent':
      return 'a guess: it is the only DaemonSet that writes there. If it does not serve the memory, attach it, and write who does as servedBy in contract.ts';
  }
}

/** Says the same of marks, which have no place for a comment. */
export function markGuessWords(guess: Guess): string {
  switch (guess.kind) {
    case 'files':
      return `that ${guess.path} has no sockets: the manifests show none. Run \`find ${guess.path} -type s\` on a node; if it lists one, write "contains":"sockets" in the marks, and acknowledge SHM310`;
    case 'namespace':
      return 'its namespace: the manifests name none. In the marks, write the one into which you apply them';
    case 'agent':
      return 'that its DaemonSet serves it: it is the only one that writes there. If it does not, write "side":"client" in its mark';
  }
}

/** Says what is not checked if a mark has no size of a memory. */
export function noSizeWords(memory: string): string {
  return `memory limits are not checked against memory ${memory} until somebody writes its size in the marks of all sides, after its name: "name":"${memory}","size":"64Mi", for example`;
}
