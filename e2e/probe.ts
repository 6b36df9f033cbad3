import type { Kubectl, Pod } from './kubectl';
import { until } from './until';

/** One line of shm-probe. `result` is ok, or the name of an errno, or OTHER_TOKEN. */
export type Step = Readonly<Record<string, string>>;

/** The steps among the lines of an output. */
export function steps(output: string): Step[] {
  return output
    .split('\n')
    .filter(line => line.startsWith('step='))
    .map(line =>
      Object.fromEntries(
        line.split(' ').map((pair): [string, string] => {
          const [key, ...value] = pair.split('=');
          return [key, value.join('=')];
        }),
      ),
    );
}

/** shm-probe in one container of a running pod. */
export class Probe {
  public readonly namespace: string;
  public readonly pod: string;

  public constructor(
    private readonly kubectl: Kubectl,
    pod: Pod,
    private readonly container: string,
  ) {
    this.namespace = pod.metadata.namespace ?? 'default';
    this.pod = pod.metadata.name;
  }

  /** The step that a subcommand reports; an error where it reports none. */
  public async step(...args: (string | number)[]): Promise<Step> {
    const command = ['shm-probe', ...args.map(String)];
    const { code, stdout, stderr } = await this.kubectl.exec(
      this.namespace,
      this.pod,
      this.container,
      command,
    );
    const [step] = steps(stdout);
    if (!step) {
      throw new Error(
        `${command.join(' ')} in ${this.namespace}/${this.pod} container ${this.container}: exit code ${code}\n${stderr}${stdout}`,
      );
    }
    return step;
  }

  public async result(...args: (string | number)[]): Promise<string> {
    return (await this.step(...args)).result;
  }

  /** What a shell script prints. */
  public async shell(script: string): Promise<string> {
    const { stdout, stderr } = await this.kubectl.exec(this.namespace, this.pod, this.container, [
      'sh',
      '-c',
      script,
    ]);
    return (stdout + stderr).trim();
  }

  /**
   * Ends the container as a crash would. PID 1 may take the exec with it, so its exit code says
   * nothing.
   */
  public async endContainer(): Promise<void> {
    await this.kubectl.exec(this.namespace, this.pod, this.container, ['kill', '1']);
  }

  /**
   * Reads this run's bytes, at most ten seconds later: the agent's init step lets clients in before
   * the agent has written.
   */
  public async read(token: string, object: string): Promise<Step> {
    let last = 'nothing';
    return until(
      `${this.namespace}/${this.pod} reads ${object} with this run's token`,
      10,
      async () => {
        const step = await this.step('read', token, object);
        last = step.result;
        return step.result === 'ok' ? step : undefined;
      },
      async () => `last result: ${last}`,
    );
  }

  /** Whether somebody writes at this moment: the generation moves. */
  public async isLive(token: string, object: string): Promise<boolean> {
    const before = Number((await this.read(token, object)).generation);
    return until(
      'the generation moves',
      10,
      async () => Number((await this.read(token, object)).generation) > before || undefined,
    ).catch(() => false);
  }
}
