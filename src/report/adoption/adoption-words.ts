import type { LeftOutReason, NotAdoptedReason, SharedThing } from '../../adopt/adoption';
import type { Problem } from '../../errors';

/** Names what pods share. */
export function thingWords(thing: SharedThing): string {
  return thing.kind === 'ipc'
    ? 'the IPC namespace of the node (hostIPC)'
    : `\`${thing.path}\` of the node`;
}

/** Says why something that is shared did not become a contract. */
export function notAdoptedWords(because: NotAdoptedReason): string {
  switch (because.kind) {
    case 'oneSide':
      return 'nothing else in these manifests shares it. If the other side is in another repository, adopt both together. If the program only needs a larger `/dev/shm`, use `PodSharedMemory`';
    case 'nested':
      return `others mount \`${because.path}\`. A contract needs one directory that all sides mount`;
    case 'operator':
      return 'its operator makes the pods. Set what it offers for volumes and annotations in the custom resource';
    case 'claim':
      return 'it is mounted through a claim. In a contract, a ContractGrant makes the claim, under a name of its own';
    case 'mountPath':
      return `it is mounted at \`${because.at}\`, and the others mount it at \`${because.others}\`. A contract has one mount path`;
    case 'alone':
      return 'nothing else that shares it could be adopted';
    case 'refused':
      return because.problems.map(problemWords).join('. ');
    case 'contract':
      return `contract \`${because.contract}\` has it already. Attach the workload to that contract`;
    case 'disk':
      return 'it is probably on a disk, and no memory. If it is a tmpfs, write a contract with `Backing.existing()`';
    case 'writesAt':
      return `it is mounted read-only where the others mount it, and writable at \`${because.at}\`. Make one of them as the other`;
    case 'file':
      return `it is a ${because.type}, not a directory. If the server makes a new one, a pod keeps the old one: mount its directory`;
  }
}

/** Says why an object is not part of the app. */
export function leftOutWords(because: LeftOutReason): string {
  switch (because.kind) {
    case 'hook':
      return `${because.by} runs it as a hook (\`${because.hook}\`). Leave it to ${because.by}`;
    case 'unwritable':
      return 'cdk8s would write one of its texts so that kubectl reads a number, or cannot read it: a text like "0o644", or one with control characters. Apply it as it is';
    case 'owned':
      return `\`${because.by}\` owns it and would make it again. Adopt the owner`;
    case 'live':
      return 'it was read from a cluster (`uid`, `resourceVersion`). Give what you apply';
    case 'generateName':
      return 'it has no name, so each `kubectl create` makes a new object';
    case 'chartSecret':
      return 'a chart can make new values for a Secret each time it is rendered. Leave it to Helm';
  }
}

/** Describes an input error without its fix, which would be another option. */
export function problemWords({ code, field, given, allowed }: Problem): string {
  return `${code} ${field}: given ${given}; allowed ${allowed}`;
}
