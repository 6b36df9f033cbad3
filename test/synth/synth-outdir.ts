import * as fs from 'fs';
import * as os from 'os';
import * as path from 'path';
import { ApiObject, Chart } from 'cdk8s';

/** The output folder of the test that runs. */
export let outdir: string;

/** Each test gets an empty output folder. */
export function freshOutdir(): void {
  beforeEach(() => {
    outdir = fs.mkdtempSync(path.join(os.tmpdir(), 'shm-review-'));
  });
  afterEach(() => {
    jest.restoreAllMocks();
    fs.rmSync(outdir, { recursive: true });
  });
}

export function configMap(scope: Chart, id: string, data: unknown = { k: 'v' }): ApiObject {
  return new ApiObject(scope, id, {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: id },
    data,
  });
}
