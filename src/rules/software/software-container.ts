import { roomFix, roomWords } from './room-words';
import { isObject, textOf } from '../../kube/json';
import { cleanPath, isAtOrBelow } from '../../kube/path';
import type { Container } from '../../kube/pod-template';
import { formatBytes, roundUpToMebibytes } from '../../kube/quantity';
import { DEV_SHM } from '../../kube/well-known';
import { CommandLine } from '../../read/command-line';
import type { ManifestSet } from '../../read/manifest-set';
import type { MarkedPod } from '../../sharing/marked-pod';
import { isBelow, isSmall, roomAt, type OwnMemory, type Room } from '../../sharing/room';
import { addedVolume, grownVolume } from '../memory-remedies';
import type { Remedy } from '../remedy';
import { inContainer, type RuleMatch, type Severity } from '../rule-match';

/** An environment variable. `value` is absent if the manifest does not have it. */
interface EnvVariable {
  readonly value?: string;
  /** The field of the container, for example `env/2`. */
  readonly field: string;
}

/** An amount of shared memory that a number in the manifest asks for. */
export interface Demand {
  readonly bytes: bigint;
  /** The field of the container that has the number. */
  readonly field: string;
  /** Says what takes how much, as the start of a sentence. */
  readonly words: string;
  readonly severity?: Severity;
}

/** A container that runs known software. */
export class SoftwareContainer {
  private readonly env: ReadonlyMap<string, EnvVariable>;

  public constructor(
    private readonly set: ManifestSet,
    public readonly markedPod: MarkedPod,
    public readonly container: Container,
    public readonly command: CommandLine,
    /** The field of the container that says which software it runs. Empty for all of it. */
    public readonly sign: string,
  ) {
    this.env = envOf(container.json.env);
  }

  public get name(): string {
    return this.container.name;
  }

  /**
   * Returns the value of an environment variable. Absent if the container does not set it, and
   * empty if another object may set it, which is not in the manifest.
   */
  public valueOf(variable: string): string | undefined {
    const set = this.env.get(variable);
    return set || this.container.json.envFrom !== undefined ? (set?.value ?? '') : undefined;
  }

  /** Checks whether a text is in the command line or in an environment variable. */
  public mentions(text: string): boolean {
    return (
      this.command.words.some(word => word.includes(text)) ||
      [...this.env.values()].some(({ value }) => value?.includes(text))
    );
  }

  /** Returns the field that has an environment variable. */
  public fieldOf(variable: string): string {
    return this.env.get(variable)?.field ?? this.sign;
  }

  /** Checks whether a container of the pod runs a program. */
  public isInPodWith(program: string): boolean {
    return this.markedPod.pod.containers.some(({ json }) =>
      new CommandLine(json).programs.includes(program),
    );
  }

  /** Returns what the container has at a path for its shared memory. */
  public roomAt(path: string = DEV_SHM): Room {
    return roomAt(this.set, this.markedPod.pod, this.container, cleanPath(path));
  }

  /**
   * Returns how much the container has at /dev/shm, if that is certainly no more than it has
   * without a volume.
   */
  public smallRoom(): string | undefined {
    const room = this.roomAt();
    return isSmall(room) ? formatBytes(room.bytes) : undefined;
  }

  /** Creates a match at a field of the container. */
  public match(message: string, more: Partial<RuleMatch> = {}, field = this.sign): RuleMatch {
    return inContainer(this.markedPod, this.container, field, message, more);
  }

  /** Creates a match if a path certainly has less memory than a number asks for. */
  public shortage(
    { bytes, field, words, severity }: Demand,
    path: string = DEV_SHM,
  ): RuleMatch | undefined {
    const room = this.roomAt(path);
    const declared = this.declaredAt(path);
    if (declared?.size !== undefined && BigInt(declared.size) < bytes) {
      const size = formatBytes(declared.size);
      return this.match(
        `${words}, but memory ${declared.name} of contract ${declared.contract} has ${size}`,
        {
          fix: `give the memory a size of ${formatBytes(roundUpToMebibytes(bytes))} or more in the contract; or lower the number`,
          ...(severity && { severity }),
        },
        field,
      );
    }
    return isBelow(room, bytes)
      ? this.match(
          `${words}, but ${roomWords(room)}`,
          {
            fix: `${roomFix(roundUpToMebibytes(bytes), path)}; or lower the number`,
            ...(severity && { severity }),
            remedies: () => this.roomRemedies(room, bytes, path),
          },
          field,
        )
      : undefined;
  }

  /** Returns the memory at a path that the mark of the pod has with a size of its own. */
  private declaredAt(path: string) {
    const use = this.markedPod.uses.find(
      ({ container, memory: { backing, mountPath } }) =>
        container === this.container &&
        backing === 'tmpfs' &&
        mountPath !== undefined &&
        isAtOrBelow(cleanPath(path), mountPath),
    );
    return use && { ...use.memory, contract: use.mark.contract };
  }

  /** Returns the changes that give the container at least that much memory at a path. */
  public roomRemedies(room: OwnMemory, bytes: bigint, path: string = DEV_SHM): Remedy[] {
    if (room.kind === 'default') {
      return addedVolume(this.markedPod, this.container, path, bytes);
    }
    return room.volume ? grownVolume(this.markedPod, this.container, room.volume, bytes) : [];
  }
}

function envOf(list: unknown): Map<string, EnvVariable> {
  const env = new Map<string, EnvVariable>();
  if (Array.isArray(list)) {
    list.forEach((each: unknown, i) => {
      if (isObject(each) && typeof each.name === 'string') {
        const value = typeof each.value === 'object' ? undefined : each.value;
        env.set(each.name, {
          field: `env/${i}`,
          ...(value === undefined ? {} : { value: textOf(value) }),
        });
      }
    });
  }
  return env;
}
