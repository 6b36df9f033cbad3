import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Yaml } from 'cdk8s';
import { chart, rendered, type Rendered } from '../yaml';
import { DAEMONS } from './systems/daemons';
import { DATABASES } from './systems/databases';
import { INFERENCE } from './systems/inference';
import { PLAIN, podsOf, sharingFields, systemOf } from './systems/joined-system';
import { OWN_DIRECTORIES } from './systems/own-directories';
import { PROXIES } from './systems/proxies';
import { REFUSED } from './systems/refused';
import { Access, AgentContract, ContractGrant } from '../../src';
import { containersOf } from '../../src/kube/pod-template';
import { messageOf } from '../bad-input/message';
import { foundIn } from '../rules/findings';

const JOINED = [...INFERENCE, ...DATABASES, ...PROXIES, ...DAEMONS, ...OWN_DIRECTORIES];

describe.each(JOINED)('$name', ({ name, contract, statements, pods }) => {
  const { c, objects, text } = systemOf(name);
  const own = structuredClone(objects());
  statements.forEach(state => {
    state(c);
  });
  const joined = objects();

  test.each(Object.entries(pods))('the fields of %s', (pod, expected) => {
    const fields = sharingFields(podsOf(joined).get(pod));
    const all = { ...PLAIN, ...expected };
    expect(fields.volumes).toEqual(all.volumes);
    expect(fields.mounts).toEqual(all.mounts);
    expect(fields.groups).toEqual(all.groups);
    expect(fields.fsGroup).toEqual(all.fsGroup);
    expect(fields.users).toEqual(all.users);
    expect(fields.nodes).toEqual(all.nodes);
    expect(fields.taints).toEqual(all.taints);
    expect(fields.env).toEqual(all.env);
    expect(fields.host).toEqual(all.host);
  });

  test('one statement for each workload, and all other pods stay as they are', () => {
    const after = podsOf(joined);
    const others = [...podsOf(own)].filter(([pod]) => !(pod in pods));
    expect(others.map(([pod]) => [pod, after.get(pod)])).toEqual(others);
    const objectsOfPods = new Set(Object.keys(pods).map(pod => pod.split('#')[0]));
    expect(statements.length).toBeLessThanOrEqual(objectsOfPods.size);
  });

  test('nothing that the containers had is lost', () => {
    const after = podsOf(joined);
    for (const [pod, spec] of podsOf(own)) {
      for (const { name: container, json } of containersOf(spec)) {
        const { command = [], env, volumeMounts = [], ...had } = json as Rendered;
        const found = containersOf(after.get(pod)).find(each => each.name === container);
        const has = found?.json as Rendered;
        expect(has).toMatchObject(had);
        // a umask stands in front of a command
        expect((has.command ?? []).slice(-command.length || Infinity)).toEqual(command);
        expect(has.env ?? []).toEqual(expect.arrayContaining(env ?? []));
        expect((has.volumeMounts ?? []).length).toBeGreaterThanOrEqual(volumeMounts.length);
      }
    }
  });

  test('no error is found in it that was not there before', () => {
    const errors = (yaml: string) =>
      foundIn(yaml)
        .filter(({ severity }) => severity === 'error')
        .map(({ rule, message }) => `${rule.id} ${message}`);
    const before = errors(text);
    expect(errors(Yaml.stringify(...joined)).filter(each => !before.includes(each))).toEqual([]);
  });

  const claims = JSON.stringify(Object.values(pods)).match(/claim [\w-]+-v1-r[ow]/g) ?? [];
  if (contract && claims.length > 0) {
    test('its claims are those of a grant, of the directory that the agent has', () => {
      const granted = directories(contract);
      const served = servedDirectories(joined);
      for (const claim of claims.map(each => each.replace('claim ', ''))) {
        expect(Object.keys(granted)).toContain(claim);
        if (served.length > 0) {
          expect(served).toContain(granted[claim]);
        }
      }
    });
  }
});

/** The directories of the node behind the claims of a contract. */
function directories(contract: AgentContract): Record<string, string> {
  const c = chart();
  const clients = JSON.parse(contract.toJson()).clients as Access;
  new ContractGrant(c, 'grant', { contract, namespace: 'shop', access: clients });
  return Object.fromEntries(
    rendered(c, 'PersistentVolume').map(({ spec }) => [spec.claimRef.name, spec.local.path]),
  );
}

/** The directories of the node that agents mount by a part of a hostPath volume. */
function servedDirectories(objects: Rendered[]): string[] {
  return [...podsOf(objects).values()].flatMap(pod =>
    pod.containers.flatMap(({ volumeMounts = [] }: Rendered) =>
      volumeMounts
        .filter(({ subPath }: Rendered) => subPath?.startsWith('v1/'))
        .map(({ name, subPath }: Rendered) => {
          const { hostPath } = pod.volumes.find((each: Rendered) => each.name === name);
          return `${hostPath.path}/${subPath}`;
        }),
    ),
  );
}

test.each(REFUSED)('fails with $name: the error says what, and what to do', each => {
  const { c, objects } = systemOf(each.name);
  const message = messageOf(() => {
    each.statement(c);
    objects();
  });
  expect(message).toMatch(each.error);
  expect(message).toMatch(each.fix);
});

test('forty systems, of which nine in ten join with one statement for each workload', () => {
  const names = [...JOINED, ...REFUSED].map(({ name }) => name).sort();
  const files = readdirSync(join(__dirname, 'systems')).filter(name => name.endsWith('.yaml'));
  expect(names).toEqual(files.map(name => name.replace('.yaml', '')).sort());
  expect(names).toHaveLength(40);
  expect(JOINED.length / names.length).toBeGreaterThanOrEqual(0.9);
});
