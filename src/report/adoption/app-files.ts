import { adoptionPage } from './adoption-page';
import { contractCode } from './contract-code';
import { mainCode } from './main-code';
import type { Adoption } from '../../adopt/adoption';
import type { IncludedFile } from '../../adopt/included-files';

/** The versions of the packages that the app uses, as npm ranges. */
export interface PackageRanges {
  readonly [name: string]: string;
}

/** Returns the files of an app, by their paths in its folder. */
export function appFiles(
  adoption: Adoption,
  included: readonly IncludedFile[],
  ranges: PackageRanges,
): ReadonlyMap<string, string> {
  return new Map([
    ...included.map(({ file, text }) => [`manifests/${file}`, text] as const),
    ['contract.ts', contractCode(adoption.contracts)],
    ['main.ts', mainCode(included, adoption.contracts)],
    ['README.md', adoptionPage(adoption)],
    ['cdk8s.yaml', 'language: typescript\napp: npx tsx main.ts\n'],
    ['package.json', packageJson(ranges)],
    ['tsconfig.json', TSCONFIG],
    ['.gitignore', 'node_modules/\n'],
  ]);
}

function packageJson(ranges: PackageRanges): string {
  const json = {
    private: true,
    scripts: { synth: 'cdk8s synth' },
    dependencies: ranges,
    devDependencies: {
      '@types/node': '^20',
      'cdk8s-cli': '^2',
      tsx: '^4',
      typescript: '^5',
    },
  };
  return `${JSON.stringify(json, null, 2)}\n`;
}

const TSCONFIG = `${JSON.stringify(
  {
    compilerOptions: {
      module: 'commonjs',
      noEmit: true,
      skipLibCheck: true,
      strict: true,
      target: 'es2022',
    },
  },
  null,
  2,
)}\n`;
