import { execFileSync } from 'node:child_process';
import { Agent, request } from 'node:https';

/** An object, as far as its address goes. */
export interface ApiObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: object;
    readonly annotations?: object;
  };
  readonly spec?: object;
}

/** The API server of $KUBECONFIG, over connections that stay open: kubectl would be measured. */
export class ApiServer {
  /** Returns the server of the current context, with its token or its client certificate. */
  public static ofKubeconfig(): ApiServer {
    const kubectl = process.env.KUBECTL ?? 'kubectl';
    const args = ['config', 'view', '--raw', '--minify', '--flatten', '-o', 'json'];
    const { clusters, users } = JSON.parse(execFileSync(kubectl, args, { encoding: 'utf8' })) as {
      clusters: { cluster: Record<string, string | boolean> }[];
      users: { user: Record<string, string> }[];
    };
    const [{ cluster }, { user }] = [clusters[0], users[0]];
    const decoded = (text: unknown) =>
      typeof text === 'string' ? Buffer.from(text, 'base64') : undefined;
    const agent = new Agent({
      keepAlive: true,
      ca: decoded(cluster['certificate-authority-data']),
      cert: decoded(user['client-certificate-data']),
      key: decoded(user['client-key-data']),
      rejectUnauthorized: cluster['insecure-skip-tls-verify'] !== true,
    });
    return new ApiServer(String(cluster.server), agent, user.token);
  }

  private constructor(
    private readonly server: string,
    private readonly agent: Agent,
    private readonly token?: string,
  ) {}

  /** Creates an object. */
  public async create(object: ApiObject): Promise<void> {
    const { status, text } = await this.send('POST', collection(object), object);
    if (status !== 201) {
      throw new Error(`${object.kind} ${object.metadata.name}: ${status} ${text}`);
    }
  }

  /** Creates an object unless it exists. */
  public async ensure(object: ApiObject): Promise<void> {
    await this.send('POST', collection(object), object);
  }

  /** Returns what the server would make of an object. */
  public async tryCreate(object: ApiObject): Promise<string> {
    return (await this.send('POST', `${collection(object)}?dryRun=All`, object)).text;
  }

  /** Deletes an object. */
  public async delete(object: ApiObject): Promise<void> {
    await this.send('DELETE', `${collection(object)}/${object.metadata.name}`);
  }

  /** Deletes all pods of a namespace. */
  public async deletePods(namespace: string): Promise<void> {
    await this.send('DELETE', `/api/v1/namespaces/${namespace}/pods?gracePeriodSeconds=0`);
  }

  /** Returns how much CPU the server has taken. */
  public async cpuSeconds(): Promise<number> {
    const { text } = await this.send('GET', '/metrics');
    const [, seconds] = /^process_cpu_seconds_total (\S+)$/m.exec(text) ?? [];
    if (seconds === undefined) {
      throw new Error('the metrics of the API server have no process_cpu_seconds_total');
    }
    return Number(seconds);
  }

  private async send(
    method: string,
    path: string,
    body?: object,
  ): Promise<{ status: number; text: string }> {
    return new Promise((resolve, reject) => {
      const sent = request(
        `${this.server}${path}`,
        {
          method,
          agent: this.agent,
          headers: {
            'Content-Type': 'application/json',
            ...(this.token === undefined ? {} : { Authorization: `Bearer ${this.token}` }),
          },
        },
        response => {
          let text = '';
          response.setEncoding('utf8').on('data', (part: string) => {
            text += part;
          });
          response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
        },
      );
      sent.on('error', reject);
      sent.end(body === undefined ? undefined : JSON.stringify(body));
    });
  }
}

/** Returns the path of the collection of an object. */
function collection({ apiVersion, kind, metadata: { namespace } }: ApiObject): string {
  const plural = kind.toLowerCase().replace(/y$/, 'ie');
  const root = apiVersion === 'v1' ? '/api/v1' : `/apis/${apiVersion}`;
  return `${root}${namespace === undefined ? '' : `/namespaces/${namespace}`}/${plural}s`;
}
