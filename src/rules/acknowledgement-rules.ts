import type { Rule } from './rule';

/**
 * The description of a rule about the input itself, its marks or its acknowledgements. The engine
 * reports these findings itself, and they cannot be acknowledged.
 */
type Meta = Omit<Rule, 'check'>;

const pod = (annotations: string, spec = '') => `apiVersion: v1
kind: Pod
metadata:
  name: monitor
  annotations:
${annotations}
spec:${spec}
  containers:
    - name: monitor
      image: registry.example.com/monitor:1
`;
const KEY = '    cdk8s-shared-memory/acknowledge';

export const UNREADABLE: Meta = {
  id: 'SHM900',
  title: 'the input cannot be read',
  severity: 'error',
  why: 'This input was not checked: kubectl would not read it either.',
  fix: 'write YAML that kubectl reads',
  fact: 'kubectl reads YAML 1.1 with sigs.k8s.io/yaml: yes and n are booleans.',
  link: 'https://yaml.org/spec/1.2.2/',
  wrong: `apiVersion: v1
kind: Pod
metadata: { name: monitor
kind: Pod } # SHM900 error
`,
  right: `apiVersion: v1
kind: Pod
metadata: { name: monitor }
`,
};

export const UNREADABLE_MARK: Meta = {
  id: 'SHM901',
  title: 'an annotation of this library cannot be read',
  severity: 'error',
  why: 'A mark that cannot be read is not compared with the other side of its contract. REVIEW.md, RUNBOOK.md and diff rely on the other annotations of this library.',
  fix: 'write the annotation as docs/mark.md of the package says; if a newer version of this library wrote it, use that version',
  fact: 'docs/mark.schema.json is the JSON Schema of these annotations. Another apiVersion, or a field that the schema does not know, is an error.',
  link: 'https://kubernetes.io/docs/concepts/overview/working-with-objects/annotations/',
  wrong: pod(
    '    cdk8s-shared-memory/contract.routes: \'{"apiVersion":"cdk8s-shared-memory/v0"}\' # SHM901 error',
  ),
  right: pod("    example.com/routes: 'yes'"),
};

export const EXPIRED: Meta = {
  id: 'SHM902',
  title: 'an acknowledgement has expired',
  severity: 'error',
  why: 'Somebody accepted the risk until a day that has passed.',
  fix: 'fix what was acknowledged, or acknowledge it again with a later date and a reason',
  fact: 'The date is the last day on which the acknowledgement holds, in UTC.',
  link: 'https://kubernetes.io/docs/concepts/overview/working-with-objects/annotations/',
  wrong: pod(
    `${KEY}.SHM301: 'until 2020-01-31: the vendor still uses System V' # SHM902 error`,
    '\n  hostIPC: true # SHM301 warning',
  ),
  right: pod(
    `${KEY}.SHM301: 'until 9999-12-31: the vendor still uses System V'`,
    '\n  hostIPC: true',
  ),
};

export const UNUSED: Meta = {
  id: 'SHM903',
  title: 'an acknowledgement matches nothing',
  severity: 'warning',
  why: 'The acknowledged finding is no longer there. If the acknowledgement stays, it hides the next such finding although nobody decided so.',
  fix: 'remove the acknowledgement',
  fact: 'Acknowledgements are compared over the whole set: if one reason is on several objects, it counts as used if one of them has the finding.',
  link: 'https://kubernetes.io/docs/concepts/overview/working-with-objects/annotations/',
  wrong: pod(`${KEY}.SHM301: 'the vendor still uses System V' # SHM903 warning`),
  right: pod(`${KEY}.SHM301: 'the vendor still uses System V'`, '\n  hostIPC: true'),
};

export const UNREADABLE_ACKNOWLEDGEMENT: Meta = {
  id: 'SHM904',
  title: 'an acknowledgement cannot be read',
  severity: 'error',
  why: 'It acknowledges nothing: the rule is unknown, the reason is missing, or the date is not a date.',
  fix: 'write cdk8s-shared-memory/acknowledge.SHMnnn: REASON, or: until YYYY-MM-DD: REASON',
  fact: 'A reason is one line without "=", because Checkov ends with an error if its own form of a reason has one.',
  link: 'https://kubernetes.io/docs/concepts/overview/working-with-objects/annotations/',
  wrong: pod(`${KEY}.SHM999: 'no such rule' # SHM904 error`),
  right: pod("    example.com/reviewed: 'yes'"),
};

export const REPEATED_KEY: Meta = {
  id: 'SHM905',
  title: 'a key twice in one object',
  severity: 'warning',
  why: 'kubectl takes the last one and drops the other without a word. Other tools take the first one, or refuse the file. The findings here are about what kubectl applies.',
  fix: 'keep one of them',
  fact: 'kubectl reads YAML with sigs.k8s.io/yaml, where the last of equal keys wins; seen with kubectl 1.37.',
  link: 'https://yaml.org/spec/1.2.2/#nodes',
  wrong: `apiVersion: v1
kind: Pod
metadata: { name: monitor }
kind: Pod # SHM905 warning
`,
  right: `apiVersion: v1
kind: Pod
metadata: { name: monitor }
`,
};
