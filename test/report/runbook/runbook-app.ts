import { App, Chart } from 'cdk8s';
import { AgentUpdate, NodeAgent, type AgentCandidate, type AgentContractProps } from '../../../src';
import { isObject } from '../../../src/kube/json';
import { manifestsOf } from '../../../src/kube/manifest';
import { ManifestSet } from '../../../src/read/manifest-set';
import { isKubernetes, readDocuments, Source } from '../../../src/read/source';
import { runbookPage } from '../../../src/report/runbook/runbook-page';
import { MarkedManifests } from '../../../src/sharing/marked-manifests';
import { AGENT, contract, TOOLS } from '../../yaml';

/** RUNBOOK.md of manifests. */
export function page(text: string): string {
  return pageOf({ 'all.yaml': text });
}

/** RUNBOOK.md of files, by their names. */
export function pageOf(files: Readonly<Record<string, string>>): string {
  const manifests = Object.entries(files)
    .flatMap(([name, text]) => readDocuments(new Source(name, text)).documents)
    .flatMap(document =>
      isObject(document.value) && isKubernetes(document.value)
        ? manifestsOf(document.value, document)
        : [],
    );
  return runbookPage(new MarkedManifests(new ManifestSet(manifests))) ?? '';
}

/** RUNBOOK.md of a chart. */
export function app(build: (chart: Chart) => void): string {
  const all = new App();
  build(new Chart(all, 'test', { disableResourceNameHashes: true }));
  return page(all.synthYaml());
}

/** The section of a page with a title. */
export function section(text: string, title: string): string {
  const at = text.indexOf(`\n## ${title}`);
  return at < 0 ? '' : text.slice(at + 1).split(/\n(?=## )/)[0];
}

/** The commands of a page, except the one that applies the manifests. */
export function commands(text: string): string[] {
  return [...text.matchAll(/^ *```sh\n([^]*?)^ *```$/gm)]
    .map(([, block]) => block)
    .filter(block => block !== 'kubectl apply -f all.yaml\n');
}

/** An agent with three waves. */
export function agent(
  chart: Chart,
  contractProps: Partial<AgentContractProps> = {},
  candidate?: AgentCandidate,
): NodeAgent {
  const update = AgentUpdate.waves({
    label: 'example.com/wave',
    order: ['canary', 'early', 'rest'],
    ...(candidate ? { candidate: { agent: candidate }, through: 'canary' } : {}),
  });
  return new NodeAgent(chart, 'agent', {
    contract: contract(contractProps),
    toolImage: TOOLS,
    containers: [{ ...AGENT, name: 'agent' }],
    update,
  });
}
