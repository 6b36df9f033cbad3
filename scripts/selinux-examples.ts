import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { API_VERSION_2 } from '../src/model/contract/contract-version';

const EXAMPLES = join(__dirname, '..', 'examples');
const EDITED = join(__dirname, '..', 'artifacts', 'selinux-examples');

/**
 * Writes an example for nodes on which SELinux is enforcing, and returns the folder that it is in:
 * each of its contracts says `seLinux: true`, as docs/operations.md says, and nothing else is
 * changed.
 */
export function seLinuxRoot(name: string): string {
  const folder = join(EDITED, name);
  rmSync(folder, { recursive: true, force: true });
  cpSync(join(EXAMPLES, name), folder, { recursive: true });
  for (const file of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    const edit = file.endsWith('.ts') ? code : file.endsWith('.contract.json') ? json : undefined;
    if (edit !== undefined) {
      const path = join(folder, file);
      writeFileSync(path, edit(readFileSync(path, 'utf8')));
    }
  }
  return EDITED;
}

function code(text: string): string {
  return text.replaceAll('new AgentContract({', 'new AgentContract({ seLinux: true,');
}

/** The first version of the JSON form does not have the field. */
function json(text: string): string {
  const contract = JSON.parse(text) as object;
  return JSON.stringify({ ...contract, apiVersion: API_VERSION_2, seLinux: true });
}
