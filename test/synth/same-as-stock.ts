import * as fs from 'fs';
import * as os from 'os';
import * as path from 'path';
import { ApiObject, App } from 'cdk8s';
import * as fc from 'fast-check';
import { parseAllDocuments, type Document } from 'yaml';
import { runs } from './nasty';
import { type Blueprint, blueprint, build, filesBelow, outcome } from './random-app';
import { Review } from '../../src/synth/review';
import { ReviewApp } from '../../src/synth/review-app';

/** The tests of "files and bytes are those of cdk8s", for whichever cdk8s is loaded. */
export function sameAsStock(): void {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'shm-synth-'));
  afterAll(() => fs.rmSync(folder, { recursive: true }));

  const synthesize = (
    name: string,
    plan: Blueprint,
    make: (outdir: string) => App,
    synth: (app: App) => void,
  ) => {
    const outdir = path.join(folder, name);
    fs.rmSync(outdir, { recursive: true, force: true });
    const app = make(outdir);
    build(app, plan);
    return outcome(outdir, () => synth(app));
  };
  const stock = (plan: Blueprint) =>
    synthesize(
      'stock',
      plan,
      outdir => new App({ ...plan.options, outdir }),
      app => app.synth(),
    );

  test('a random app: ReviewApp writes the files of App, or fails with its error and writes nothing', () => {
    const count = { same: 0, errors: 0, lost: 0, numbered: 0 };
    fc.assert(
      fc.property(blueprint(), plan => {
        const expected = stock(plan);
        const actual = synthesize(
          'review',
          plan,
          outdir => new ReviewApp({ ...plan.options, outdir }),
          app => app.synth(),
        );
        if (actual.error !== undefined) {
          expect(filesBelow(path.join(folder, 'review'))).toEqual({});
        }
        if (/^SHM02[25] /.test(actual.error ?? '')) {
          expect(
            actual.error?.startsWith('SHM025')
              ? dependsOnItself(plan)
              : loses(plan, expected.files),
          ).toBe(true);
          count.lost++;
          return;
        }
        expect(loses(plan, expected.files)).toBe(false);
        expect(actual).toEqual(expected);
        count[expected.error === undefined ? 'same' : 'errors']++;
        if (Object.keys(expected.files).some(file => file.startsWith('0000-'))) {
          count.numbered++;
        }
      }),
      // a fixed sample, so that the counts below do not depend on luck; FUZZ_RUNS draws others
      { numRuns: runs(300), ...(process.env.FUZZ_RUNS ? {} : { seed: 1 }) },
    );
    if (process.env.FUZZ_RUNS) {
      process.stderr.write(`${JSON.stringify(count)}\n`);
    }
    expect(count.same).toBeGreaterThan(count.errors);
    expect(count.lost).toBeGreaterThan(0);
    expect(count.numbered).toBeGreaterThan(0);
  });

  test('a random app: synthYaml gives the text of App, and Review.synth its files', () => {
    fc.assert(
      fc.property(blueprint(), drawn => {
        // where an app is wrong in two ways, synthYaml of cdk8s reports the other one
        const plan = { ...drawn, invalid: false };
        const text = (app: App) => {
          build(app, plan);
          try {
            return app.synthYaml();
          } catch (error) {
            return (error as Error).message;
          }
        };
        const [review, expected] = [
          text(new ReviewApp({ ...plan.options })),
          text(new App({ ...plan.options })),
        ];
        if (/^SHM02[25] /.test(review)) {
          expect(review.startsWith('SHM025') || twice(expected)).toBe(true);
        } else {
          expect(review).toBe(expected);
        }
        const actual = synthesize(
          'other',
          plan,
          outdir => new App({ ...plan.options, outdir }),
          app => Review.synth(app),
        );
        if (!/^SHM02[25] /.test(actual.error ?? '')) {
          expect(actual).toEqual(stock(plan));
        }
      }),
      { numRuns: runs(60) },
    );
  });
}

function dependsOnItself({ dependencies, parts }: Blueprint): boolean {
  return dependencies.some(([from, to]) => from % parts.length === to % parts.length);
}

/** Whether cdk8s wrote one file over another, or an object that the one after it replaces. */
function loses(plan: Blueprint, files: Record<string, string>): boolean {
  const manifests = Object.entries(files)
    .filter(([name]) => !name.endsWith('/') && name !== 'construct-metadata.json')
    .map(([, text]) => text);
  if (manifests.some(twice)) {
    return true;
  }
  const app = new App();
  build(app, plan);
  const written = manifests.flatMap(documentsIn).length;
  return (
    written > 0 &&
    written < app.node.findAll().filter(construct => ApiObject.isApiObject(construct)).length
  );
}

/** Whether two documents of a text are of one object. */
function twice(text: string): boolean {
  const known = documentsIn(text).map(document =>
    JSON.stringify(
      [['apiVersion'], ['kind'], ['metadata', 'name']].map(field => document.getIn(field)),
    ),
  );
  return new Set(known).size < known.length;
}

function documentsIn(text: string): Document[] {
  return parseAllDocuments(text, { version: '1.1', logLevel: 'silent' }).filter(
    ({ contents }) => contents !== null,
  );
}
