import { Chart, Size } from 'cdk8s';
import {
  Access,
  AgentContract,
  AgentNodes,
  ClientInjection,
  ClientNamespace,
  ContractEnv,
  ContractGrant,
  Payer,
  ReadyWhen,
  ReviewApp,
  SharedMemory,
} from '../../src';
import { useLabel } from '../../src/model/injection/use-label';
import { HOLD, parse, type Manifest, type PodSpec } from '../manifests';

export const CLIENTS = 'e2e-label-client';
/** A namespace without an injection. */
export const OTHERS = 'e2e-label-other';
export const TABLE = useLabel('table');

/** A pod that its author labelled. */
export interface LabeledPod {
  readonly apiVersion: string;
  readonly kind: 'Pod';
  readonly metadata: {
    name: string;
    namespace: string;
    labels: Record<string, string>;
    annotations?: Record<string, string>;
    ownerReferences?: object[];
  };
  readonly spec: PodSpec;
}

/**
 * What the platform team applies: three contracts that pods join by label. One is paid for by its
 * clients, and one lies in the path of another.
 *
 * @param outdir where RUNBOOK.md goes
 */
export function platform(outdir: string, toolImage: string): Manifest[] {
  const app = new ReviewApp({ outdir });
  const chart = new Chart(app, 'platform', { disableResourceNameHashes: true });
  const nodes = AgentNodes.labeled('example.com/e2e-label', 'yes');
  const shared = { namespace: 'e2e-label', version: 'v1', nodes, ownerId: 10001, groupId: 2000 };
  const files = (mountPath: string, mebibytes = 16) => [
    SharedMemory.files({ name: 'data', size: Size.mebibytes(mebibytes), mountPath }),
  ];
  const contracts = {
    table: new AgentContract({
      ...shared,
      name: 'table',
      memory: files('/run/table'),
      clients: Access.READ_WRITE,
      env: { TABLE: ContractEnv.path() },
      readyWhen: ReadyWhen.file('table.bin', { toolImage }),
    }),
    paid: new AgentContract({
      ...shared,
      name: 'paid',
      memory: files('/run/paid', 64),
      clients: Access.READ_WRITE,
      chargedTo: Payer.CLIENT,
    }),
    inner: new AgentContract({ ...shared, name: 'inner', memory: files('/run/table/inner') }),
  };
  new ClientNamespace(chart, 'clients', { name: CLIENTS, contracts: Object.values(contracts) });
  new ClientNamespace(chart, 'others', { name: OTHERS, contracts: [contracts.inner] });
  for (const [name, contract] of Object.entries(contracts)) {
    const access = name === 'paid' ? Access.READ_WRITE : Access.READ_ONLY;
    new ContractGrant(chart, `grant-${name}`, { contract, namespace: CLIENTS, access });
    new ClientInjection(chart, `join-${name}`, { contract, namespaces: [CLIENTS], access });
  }
  app.synth();
  return parse(app.synthYaml());
}

/** Checks whether an object is one of the policies and their bindings. */
export function isPolicy({ apiVersion }: Manifest): boolean {
  return apiVersion.startsWith('admissionregistration.k8s.io/');
}

/** A pod that Pod Security "restricted" accepts, and which joins contract table. */
export function labeledPod(name: string, image: string): LabeledPod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: CLIENTS, labels: { [TABLE]: 'readOnly.v1' } },
    spec: {
      automountServiceAccountToken: false,
      terminationGracePeriodSeconds: 1,
      securityContext: {
        runAsNonRoot: true,
        runAsUser: 20001,
        runAsGroup: 20001,
        seccompProfile: { type: 'RuntimeDefault' },
      },
      containers: [container('web', image)],
    },
  };
}

export function container(name: string, image = 'none'): PodSpec['containers'][number] {
  return {
    name,
    image,
    imagePullPolicy: 'Never',
    command: HOLD,
    resources: {
      limits: { memory: '256Mi' },
      requests: { cpu: '1m', memory: '16Mi' },
    },
    securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
  };
}
