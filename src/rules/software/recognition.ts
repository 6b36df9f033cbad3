import { SoftwareContainer } from './software-container';
import type { Signs, SoftwareProfile } from './software-profile';
import { isObject } from '../../kube/json';
import type { Container } from '../../kube/pod-template';
import { CommandLine, optionName, repositoryName } from '../../read/command-line';
import type { ManifestSet } from '../../read/manifest-set';
import type { Pod } from '../../read/pod';
import { runtimeNameOf, servingRuntimeOf } from '../../read/serving-runtime';
import type { MarkedManifests } from '../../sharing/marked-manifests';

type SignKind = Exclude<keyof Signs, 'alsoRuns'>;
type Profiles = readonly SoftwareProfile[];
type Index = Readonly<Record<SignKind, ReadonlyMap<string, Profiles>>>;

/** The containers that run software with a profile. */
export type Recognised = ReadonlyMap<SoftwareProfile, readonly SoftwareContainer[]>;

/**
 * Returns a function that recognises the software of a table. All profiles need one pass over the
 * containers of a set, in which each sign is one look-up.
 */
export function recogniser(profiles: Profiles): (marked: MarkedManifests) => Recognised {
  const byContainer = profiles.filter(({ check }) => check !== undefined);
  const index: Index = {
    images: indexOf(byContainer, 'images'),
    programs: indexOf(byContainer, 'programs'),
    words: indexOf(byContainer, 'words'),
    env: indexOf(byContainer, 'env'),
    mounts: indexOf(byContainer, 'mounts'),
    runtimes: indexOf(byContainer, 'runtimes'),
    kinds: indexOf(byContainer, 'kinds'),
  };
  const known = new WeakMap<MarkedManifests, Recognised>();
  return marked => {
    const found = known.get(marked) ?? recognise(marked, index);
    known.set(marked, found);
    return found;
  };
}

function indexOf(profiles: Profiles, kind: SignKind): Map<string, SoftwareProfile[]> {
  const index = new Map<string, SoftwareProfile[]>();
  for (const profile of profiles) {
    for (const sign of profile.signs[kind] ?? []) {
      index.set(sign, [...(index.get(sign) ?? []), profile]);
    }
  }
  return index;
}

function recognise(marked: MarkedManifests, index: Index): Recognised {
  const recognised = new Map<SoftwareProfile, SoftwareContainer[]>();
  for (const markedPod of marked.pods) {
    const { pod } = markedPod;
    if (pod.isPartial) {
      continue;
    } // an operator adds the rest
    for (const container of pod.containers) {
      if (container.role === 'init' || container.role === 'ephemeral') {
        continue;
      } // a step of the start, or a debugger
      const command = new CommandLine(container.json);
      for (const [profile, sign] of signsIn(marked.set, pod, container, command, index)) {
        const software = new SoftwareContainer(marked.set, markedPod, container, command, sign);
        const alike = recognised.get(profile);
        if (alike) {
          alike.push(software);
        } else {
          recognised.set(profile, [software]);
        }
      }
    }
  }
  return recognised;
}

const NONE: ReadonlyMap<SoftwareProfile, string> = new Map();

/**
 * Returns the profiles of a container, each with the first field that is a sign of it. Most
 * containers have none, so this is a plain loop without allocations.
 */
function signsIn(
  set: ManifestSet,
  pod: Pod,
  container: Container,
  command: CommandLine,
  index: Index,
): ReadonlyMap<SoftwareProfile, string> {
  let signs: Map<SoftwareProfile, string> | undefined;
  const add = (profiles: Profiles, field: string) => {
    signs ??= new Map();
    for (const profile of profiles) {
      if (!signs.has(profile)) {
        signs.set(profile, field);
      }
    }
  };
  const { image, env } = container.json;
  const ofImage = typeof image === 'string' && index.images.get(repositoryName(image));
  if (ofImage) {
    add(
      ofImage.filter(profile => command.isOfImage || runs(command.programs, profile.signs)),
      'image',
    );
  }
  for (const program of command.programs) {
    const profiles = index.programs.get(program);
    if (profiles) {
      add(profiles, command.fieldOf(program));
    }
  }
  for (const word of command.words) {
    const profiles = index.words.get(optionName(word));
    if (profiles) {
      add(profiles, command.fieldOf(word));
    }
  }
  if (Array.isArray(env)) {
    env.forEach((variable, i) => {
      const profiles = isObject(variable) && index.env.get(variable.name as string);
      if (profiles) {
        add(profiles, `env/${i}`);
      }
    });
  }
  for (const mount of pod.mounts) {
    const profiles = mount.container === container && index.mounts.get(mount.at);
    if (profiles) {
      add(profiles, mount.path.slice(pod.pathOf(container).length + 1));
    }
  }
  const ofKind = container === pod.containers[0] && index.kinds.get(kindOf(pod));
  if (ofKind) {
    add(ofKind, '');
  }
  const runtime = runtimeNameOf(pod, container);
  if (runtime !== undefined) {
    add(index.runtimes.get(runtime) ?? [], 'runtime');
    const inSet = servingRuntimeOf(set, pod, container);
    const server = inSet && new CommandLine(inSet.container.json);
    if (inSet && server) {
      add([...signsIn(set, inSet.pod, inSet.container, server, index).keys()], 'runtime');
    }
  }
  return signs ?? NONE;
}

function runs(run: readonly string[], { programs = [], alsoRuns = [] }: Signs): boolean {
  return run.some(program => programs.includes(program) || alsoRuns.includes(program));
}

function kindOf({ manifest: { apiVersion, kind } }: Pod): string {
  return `${apiVersion.slice(0, apiVersion.lastIndexOf('/'))}/${kind}`;
}
