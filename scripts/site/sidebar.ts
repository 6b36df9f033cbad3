import { pages, sidebarTitle } from './pages';

/** A group of the sidebar: pages by their file, some with a shorter title than their heading. */
interface Group {
  readonly text: string;
  readonly pages: readonly (string | readonly [page: string, title: string])[];
  readonly collapsed?: boolean;
}

const examples = (names: string) => names.split(' ').map(name => `examples/${name}/README.md`);

const GROUPS: readonly Group[] = [
  {
    text: 'Start',
    pages: [
      ['README.md', 'The problem, and a first contract'],
      ['docs/guide.md', 'Beyond the first contract'],
      ['docs/run-an-example.md', 'Run an example'],
      'docs/concepts.md',
      'docs/troubleshooting.md',
      'docs/faq.md',
    ],
  },
  {
    text: 'Your field',
    pages: [
      ['docs/for-machine-learning.md', 'Machine learning'],
      ['docs/for-databases.md', 'Databases'],
      ['docs/for-trading-and-robotics.md', 'Trading and robotics'],
      ['docs/for-infrastructure-agents.md', 'Infrastructure agents'],
    ],
  },
  {
    text: 'What exists already',
    pages: ['docs/adopt.md', 'docs/join.md', 'docs/join-by-label.md'],
  },
  {
    text: 'Agents and nodes',
    pages: [
      ['docs/agent-protocol.md', 'What an agent must do'],
      ['docs/operations.md', 'Operations'],
      ['docs/nodes.md', 'Node pools'],
    ],
  },
  {
    text: 'Checks and reviews',
    pages: [
      'docs/lint.md',
      'docs/rules.md',
      'docs/software.md',
      ['docs/config.md', 'Configuration'],
      'docs/acknowledgements.md',
      ['docs/diff.md', 'What a change does'],
      ['docs/continuous-check.md', 'In a pipeline'],
      ['docs/review.md', 'REVIEW.md'],
      ['docs/scanners.md', 'Other scanners'],
    ],
  },
  {
    text: 'Examples: real software',
    collapsed: true,
    pages: examples(
      'demo nscd postgresql pytorch varnish aeron vineyard iceoryx2 python-shared-memory',
    ),
  },
  {
    text: 'Examples: one technique each',
    collapsed: true,
    pages: examples(
      'node-agents host-ipc host-path-dev-shm memory-empty-dir restricted-clients sized-tmpfs descriptors join-by-label vendor-agent policy two-repos existing-workloads gray-release',
    ),
  },
  {
    text: 'Reference',
    collapsed: true,
    pages: [
      ['API.md', 'API'],
      'docs/python.md',
      'docs/java.md',
      'docs/contracts.md',
      'docs/errors.md',
      ['docs/contract.md', 'Contracts as JSON'],
      ['docs/mark.md', 'Marks'],
      ['docs/findings.md', 'Findings as JSON and SARIF'],
    ],
  },
  {
    text: 'The project',
    collapsed: true,
    pages: [
      'docs/upgrading.md',
      ['docs/verified.md', 'Verified'],
      'docs/performance.md',
      ['docs/mutation.md', 'Mutation testing'],
      'CONTRIBUTING.md',
      ['e2e/README.md', 'End-to-end tests'],
    ],
  },
];

/** Pages that others link to, and that the sidebar need not have. */
const ELSEWHERE = /^(docs\/(verified|decisions)|dist)\//;

export interface Sidebar {
  /** As VitePress takes it. */
  readonly groups: object[];
  /** The titles of its pages, by their files. */
  readonly titles: ReadonlyMap<string, string>;
}

/** The sidebar. Throws if a page is missing. */
export function sidebar(): Sidebar {
  const all = pages();
  const titles = new Map<string, string>();
  const groups = GROUPS.map(({ text, pages: listed, collapsed }) => ({
    text,
    collapsed,
    items: listed.map(each => {
      const [page, shorter] = typeof each === 'string' ? [each, undefined] : each;
      const site = all.get(page);
      if (site === undefined) {
        throw new Error(`the sidebar has ${page}, which does not exist`);
      }
      const title = shorter ?? sidebarTitle(page);
      titles.set(page, title);
      return { text: title, link: `/${site === 'index.md' ? '' : site}` };
    }),
  }));
  const missing = [...all.keys()].filter(page => !titles.has(page) && !ELSEWHERE.test(page));
  if (missing.length > 0) {
    throw new Error(`the sidebar lacks ${missing.join(', ')}: scripts/site/sidebar.ts`);
  }
  return { groups, titles };
}
