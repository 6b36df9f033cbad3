import { spawn } from 'node:child_process';
import { withPatience } from './until';

/** What a command left behind. */
export interface Result {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The fields of an API object that the tests look at. */
export interface ApiObject {
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid: string;
    readonly deletionTimestamp?: string;
  };
}

export interface ContainerStatus {
  readonly name: string;
  readonly restartCount: number;
  readonly state: ContainerState;
  readonly lastState?: ContainerState;
}

export interface ContainerState {
  readonly running?: object;
  readonly waiting?: { readonly reason: string; readonly message?: string };
  readonly terminated?: { readonly exitCode: number; readonly message?: string };
}

export interface Pod extends ApiObject {
  readonly spec: {
    readonly nodeName?: string;
    readonly securityContext?: { readonly seLinuxOptions?: { readonly level?: string } };
  };
  readonly status: {
    readonly phase: string;
    readonly conditions?: { readonly type: string; readonly status: string }[];
    readonly containerStatuses?: ContainerStatus[];
    readonly initContainerStatuses?: ContainerStatus[];
  };
}

export interface Event extends ApiObject {
  readonly reason: string;
  readonly message: string;
  readonly involvedObject: { readonly kind: string; readonly name: string };
}

/** kubectl could not do what it was told: the message has the command and everything it printed. */
export class KubectlError extends Error {}

/**
 * Thin, and the only way the tests reach the cluster: kubectl of $KUBECTL or of the PATH, against
 * $KUBECONFIG.
 */
export class Kubectl {
  public constructor(private readonly binary = process.env.KUBECTL || 'kubectl') {}

  /** Runs kubectl, whatever comes of it; only a kubectl that cannot be started is an error. */
  public async try(args: string[], input = ''): Promise<Result> {
    return new Promise((resolve, reject) => {
      const child = spawn(this.binary, args, { stdio: 'pipe' });
      const output = { stdout: '', stderr: '' };
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        output.stdout += text;
      });
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        output.stderr += text;
      });
      child.on('error', error =>
        reject(
          new KubectlError(
            `${this.binary} cannot be started (${error.message}): put kubectl on the PATH or set KUBECTL`,
          ),
        ),
      );
      child.on('close', code => resolve({ code: code ?? 1, ...output }));
      // a kubectl that fails early does not read its input
      child.stdin.on('error', () => undefined);
      child.stdin.end(input);
    });
  }

  /** Runs kubectl and returns what it printed. */
  public async run(args: string[], input = ''): Promise<string> {
    const result = await this.try(args, input);
    if (result.code !== 0) {
      throw new KubectlError(
        `kubectl ${args.join(' ')}: exit code ${result.code}\n${result.stderr}${result.stdout}`.trimEnd(),
      );
    }
    return result.stdout;
  }

  public async apply(objects: object[]): Promise<void> {
    await this.run(['apply', '--validate=strict', '-f', '-'], list(objects));
  }

  /** What the API server, its admission included, says to one new object; warnings count. */
  public async dryRun(object: object): Promise<Result> {
    return this.try(
      ['create', '--dry-run=server', '--validate=strict', '-f', '-'],
      JSON.stringify(object),
    );
  }

  /** Deletes and waits until they are gone; what is gone already is fine. */
  public async delete(objects: object[]): Promise<void> {
    if (objects.length > 0) {
      await this.run(
        [
          'delete',
          '--ignore-not-found',
          '--wait=true',
          `--timeout=${withPatience(180)}s`,
          '-f',
          '-',
        ],
        list(objects),
      );
    }
  }

  public async get<T extends ApiObject>(kind: string, namespace?: string): Promise<T[]> {
    const scope = namespace === undefined ? [] : ['-n', namespace];
    const { items }: { items: T[] } = JSON.parse(
      await this.run(['get', kind, ...scope, '-o', 'json']),
    );
    return items;
  }

  public async pods(namespace: string): Promise<Pod[]> {
    return this.get<Pod>('pods', namespace);
  }

  public async events(namespace: string): Promise<Event[]> {
    return this.get<Event>('events', namespace);
  }

  public async logs(namespace: string, pod: string, container: string): Promise<string> {
    return this.run(['logs', '-n', namespace, pod, '-c', container]);
  }

  /**
   * Runs a command in a container; the exit code is the command's, or kubectl's own where it did
   * not get that far.
   */
  public async exec(
    namespace: string,
    pod: string,
    container: string,
    command: string[],
  ): Promise<Result> {
    return this.try(['exec', '-n', namespace, pod, '-c', container, '--', ...command]);
  }
}

function list(objects: object[]): string {
  return JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects });
}
