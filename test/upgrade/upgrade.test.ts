import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Chart, Size, Testing, Yaml } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { FIRST_RELEASE, upgradedApps } from '../../scripts/upgrade';
import { AgentContract } from '../../src';
import { readFiles } from '../../src/read/input-files';
import { ManifestSet } from '../../src/read/manifest-set';
import { reviewPage } from '../../src/report/review/review-page';
import { findingsInSet } from '../../src/rules/engine';
import { MarkedManifests } from '../../src/sharing/marked-manifests';
import { chart, type Rendered } from '../yaml';

/*
 * Apps, manifests and contracts of the first release, kept as they were. What restarts is in
 * docs/upgrading.md, which is generated from the same apps.
 */

const apps = upgradedApps();
const contracts = readdirSync(join(FIRST_RELEASE, 'contracts'));
const read = (contract: string, file: string) =>
  readFileSync(join(FIRST_RELEASE, 'contracts', contract, file), 'utf8');

test('apps of the first release change no contract, and nothing that apply refuses', () => {
  expect(
    apps.map(({ folder, diff: { contracts: changed, refused } }) => [folder, changed, refused]),
  ).toEqual(apps.map(({ folder }) => [folder, [], []]));
  expect(apps.length).toBe(16);
});

test('no privilege loses its reason because a script changed with the library', () => {
  expect(
    apps.flatMap(({ diff }) => diff.privileges.gained.filter(({ lostReason }) => lostReason)),
  ).toEqual([]);
});

test('no pod of a client without a step that waits restarts', () => {
  const restarted = apps.flatMap(({ diff }) =>
    diff.pods.filter(({ of, outcome }) => outcome === 'restart' && of.kind !== 'DaemonSet'),
  );
  expect(
    restarted.map(({ of, fields }) => [
      of.name,
      fields.every(field => field.startsWith('initContainers[wait-for-')),
    ]),
  ).toEqual(restarted.map(({ of }) => [of.name, true]));
});

test('manifests of the first release are read, with all of their marks', () => {
  const { manifests, problems } = readFiles([join(FIRST_RELEASE, 'dist')]);
  expect(problems).toEqual([]);
  const marked = new MarkedManifests(new ManifestSet(manifests));
  const found = findingsInSet(marked);
  expect(found.filter(({ rule }) => /SHM9\d\d/.test(rule.id))).toEqual([]);
  const written = manifests.flatMap(({ json }) =>
    Object.keys((json as Rendered).metadata.annotations ?? {}).filter(key =>
      key.startsWith('cdk8s-shared-memory/contract.'),
    ),
  );
  expect(marked.pods.flatMap(({ marks }) => marks).length).toBe(written.length);
  expect(written.length).toBeGreaterThan(40);
  expect(reviewPage(marked, found)).toContain('- Contract `routes`');
});

test.each(contracts)('the contract %s is written as it was', name => {
  const json = read(name, 'contract.json');
  expect(AgentContract.fromJson(json).toJson()).toBe(json);
});

test.each(contracts)(
  'a client of the contract %s gets what it got, but for the step that waits',
  name => {
    const shop: Chart = chart('shop', 'shop');
    const api = new kplus.Deployment(shop, 'api', {
      containers: [
        {
          name: 'api',
          image: 'registry.example.com/api:1',
          resources: { memory: { limit: Size.gibibytes(2), request: Size.gibibytes(2) } },
        },
      ],
    });
    AgentContract.fromJson(read(name, 'contract.json')).attachTo(api);
    const [now] = Testing.synth(shop) as Rendered[];
    const [before] = Yaml.load(join(FIRST_RELEASE, 'contracts', name, 'client.yaml')) as Rendered[];
    const steps = (of: Rendered) =>
      (of.spec.template.spec.initContainers ?? []).map((each: Rendered) => each.name);
    expect(steps(now)).toEqual(steps(before));
    delete now.spec.template.spec.initContainers;
    delete before.spec.template.spec.initContainers;
    expect(now).toEqual(before);
  },
);
