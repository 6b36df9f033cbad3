import { Testing } from 'cdk8s';
import { diffOf, gainsAndLosses } from './sets';
import { Access, ClientPolicy, ContractGrant, type AgentContract } from '../../src';
import { chart, contract } from '../yaml';

interface Options {
  readonly isGranted?: boolean;
  readonly persistentVolumes?: boolean;
  readonly access?: Access;
}

/** A ClientPolicy for contracts by namespace, and its grants unless they are left out. */
function policy(
  granted: Readonly<Record<string, AgentContract>>,
  { isGranted = false, persistentVolumes, access }: Options = {},
): string {
  const c = chart();
  const grants = Object.entries(granted).map(([namespace, of]) => ({
    ...{ namespace, contract: of },
    access,
  }));
  new ClientPolicy(c, 'policy', { grants, name: 'clients', persistentVolumes });
  if (isGranted) {
    grants.forEach(each => new ContractGrant(c, each.namespace, each));
  }
  return Testing.synth(c)
    .filter(({ kind }: { kind: string }) => kind !== 'ValidatingAdmissionPolicyBinding')
    .map((each: object) => JSON.stringify(each))
    .join('\n---\n');
}

const POLICY = 'ValidatingAdmissionPolicy clients';
const [v1, v2] = ['v1', 'v2'].map(version => contract({ version, clients: Access.READ_WRITE }));
const reads = { access: Access.READ_ONLY };
const none = { gained: [], lost: [] };

describe('the claims that a ClientPolicy guards', () => {
  test('a new version of a contract is no change', () => {
    expect(gainsAndLosses(policy({ shop: v1 }), policy({ shop: v2 }))).toEqual(none);
  });

  test('those of a new namespace are guarded from now on, and those of an old one no longer', () => {
    const [one, two] = [policy({ shop: v1 }, reads), policy({ shop: v2, bank: v2 }, reads)];
    expect(gainsAndLosses(one, two)).toEqual({
      gained: [],
      lost: [`${POLICY}: now refuses writable mounts of claim bank routes-table-v2-ro`],
    });
    expect(gainsAndLosses(two, one)).toEqual({
      gained: [`${POLICY}: no longer refuses writable mounts of claim bank routes-table-v2-ro`],
      lost: [],
    });
  });

  test('a claim that is granted no more needs no guard', () => {
    const granted = { ...reads, isGranted: true };
    const { gained } = gainsAndLosses(
      policy({ shop: v1, bank: v1 }, granted),
      policy({ shop: v1 }, granted),
    );
    expect(gained).toEqual([]);
  });

  test('of writers: their users, and the group', () => {
    const { lost } = gainsAndLosses(policy({ shop: v1 }), policy({ shop: v1, bank: v1 }));
    expect(lost).toEqual([
      `${POLICY}: now refuses writable mounts of claim bank routes-table-v1-ro`,
      `${POLICY}: now refuses another fsGroup than the contract's with claim bank routes-table-v1-rw: 2000`,
      `${POLICY}: now refuses root, and the owner of the memory, as writers of bank routes-table-v1-rw: 10001`,
    ]);
  });

  test('another owner is another user, who may not write', () => {
    const other = contract({ ownerId: 10002, clients: Access.READ_WRITE });
    const writers = 'refuses root, and the owner of the memory, as writers of';
    expect(gainsAndLosses(policy({ shop: v1 }), policy({ shop: other }))).toEqual({
      gained: [`${POLICY}: no longer ${writers} shop routes-table-v1-rw: 10001`],
      lost: [`${POLICY}: now ${writers} shop routes-table-v1-rw: 10002`],
    });
  });

  test('two namespaces whose names end alike are two', () => {
    const [eu, us] = ['shop-eu-ro', 'shop-us-ro'].map(name => policy({ [name]: v1 }, reads));
    expect(gainsAndLosses(eu, us).gained).toEqual([
      `${POLICY}: no longer refuses writable mounts of claim shop-eu-ro routes-table-v1-ro`,
    ]);
  });
});

test('the volumes that its second policy accepts', () => {
  const volumes = { ...reads, persistentVolumes: true };
  const [one, two] = [policy({ shop: v1 }, volumes), policy({ shop: v2, bank: v2 }, volumes)];
  const entry =
    '/run/cdk8s-shared-memory/node-agents.routes/v2/table/shared bank routes-table-v2-ro ro';
  expect(gainsAndLosses(one, two).gained).toEqual([
    `${POLICY}.volumes: now accepts a PersistentVolume for ${entry}`,
  ]);
  expect(gainsAndLosses(two, one).lost).toEqual([
    `${POLICY}.volumes: no longer accepts a PersistentVolume for ${entry}`,
  ]);
});

describe('of a policy that this library does not render, a person must judge', () => {
  const foreign = (list: string, more = '1') => `apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: { name: clients }
spec: { variables: [{ name: images, expression: ${JSON.stringify(list)} }, { name: a, expression: '${more}' }] }
`;

  test('entries that are new, and entries that are gone', () => {
    const changed = gainsAndLosses(foreign("['a', 'b-v1-ro']"), foreign("['b-v2-ro','a',]"));
    expect(changed).toEqual({
      gained: [
        `${POLICY}: perhaps not refused any more: b-v2-ro, which is new in spec.variables[images]`,
        `${POLICY}: perhaps not refused any more: b-v1-ro, which is gone from spec.variables[images]`,
      ],
      lost: [],
    });
  });

  test('another expression, with the old and the new text', () => {
    const { gained } = diffOf(foreign('[]'), foreign('[1]', '2')).privileges;
    expect(gained).toMatchObject([
      {
        what: 'perhaps not refused any more: spec.variables[images], spec.variables[a] differ',
        fields: [
          { field: 'spec.variables[images]', from: '[]', to: '[1]' },
          { field: 'spec.variables[a]', from: '1', to: '2' },
        ],
      },
    ]);
  });

  test('fails to be trusted: a policy of this library with an expression of somebody else', () => {
    const [one, two] = [policy({ shop: v1 }, reads), policy({ bank: v1 }, reads)];
    const forged = (text: string) => text.replace('"request.namespace"', '"\'shop\'"');
    expect(gainsAndLosses(forged(one), forged(two)).gained).toEqual([
      `${POLICY}: perhaps not refused any more: bank routes-table-v1-ro, which is new in spec.variables[readOnlyClaims]`,
      `${POLICY}: perhaps not refused any more: shop routes-table-v1-ro, which is gone from spec.variables[readOnlyClaims]`,
    ]);
  });
});
