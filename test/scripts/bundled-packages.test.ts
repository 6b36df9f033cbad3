import { notice, sbom } from '../../scripts/bundled-packages';

interface Component {
  readonly name: string;
  readonly hashes: readonly { readonly content: string }[];
  readonly 'bom-ref': string;
}

test('NOTICE and the SBOM have each package whose code is in ours, also that of js-yaml', () => {
  const names = ['argparse', 'commander', 'diff', 'js-yaml', 'yaml'];
  expect([...notice().matchAll(/^## (\S+) \(/gm)].map(([, name]) => name)).toEqual(names);
  const { components, dependencies } = JSON.parse(sbom()) as {
    components: Component[];
    dependencies: { ref: string; dependsOn: string[] }[];
  };
  expect(components.map(({ name }) => name)).toEqual(names);
  expect(components.filter(({ hashes: [hash] }) => !/^[0-9a-f]{128}$/.test(hash.content))).toEqual(
    [],
  );
  const refs = components.map(each => each['bom-ref']);
  expect(dependencies.slice(1).map(({ ref }) => ref)).toEqual(refs);
  expect(dependencies.flatMap(({ dependsOn }) => dependsOn).sort()).toEqual(refs);
});

test('neither has a date, so the package has the same bytes tomorrow', () => {
  expect(sbom()).not.toMatch(/timestamp|serialNumber|20\d\d-\d\d/);
});
