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
  why: 'Nothing was judged here: neither would kubectl read it.',
  fix: 'write YAML that kubectl reads',
  fact: 'kubectl reads YAML 1.1 by sigs.k8s.io/yaml: yes and n are booleans, a key that is there twice is an error.',
  link: 'https://yaml.org/spec/1.2.2/',
  wrong: `apiVersion: v1
kind: Pod
metadata: { name: monitor }
kind: Job # SHM900 error
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
  why: 'A mark that cannot be read is not compared with the other side of its contract; the other annotations of this library say what REVIEW.md, RUNBOOK.md and diff must know.',
  fix: 'write the annotation as docs/mark.md says; if a newer version of this library wrote it, use that version',
  fact: 'docs/mark.schema.json is the JSON Schema of these annotations; another apiVersion, and a field that it does not know, are errors.',
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
  why: 'Somebody took the risk until a day that has passed.',
  fix: 'mend what was acknowledged, or acknowledge it again with a later date and a reason',
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
  why: 'What was acknowledged is no longer there. Left in place it would hide the next one without anybody deciding so.',
  fix: 'remove it',
  fact: 'It is compared over the whole set: one reason that stands on several objects is used where one of them has the finding.',
  link: 'https://kubernetes.io/docs/concepts/overview/working-with-objects/annotations/',
  wrong: pod(`${KEY}.SHM301: 'the vendor still uses System V' # SHM903 warning`),
  right: pod(`${KEY}.SHM301: 'the vendor still uses System V'`, '\n  hostIPC: true'),
};

export const UNREADABLE_ACKNOWLEDGEMENT: Meta = {
  id: 'SHM904',
  title: 'an acknowledgement cannot be read',
  severity: 'error',
  why: 'It acknowledges nothing: the rule is unknown, the reason is missing, or the date is none.',
  fix: 'write cdk8s-shared-memory/acknowledge.SHMnnn: REASON, or: until YYYY-MM-DD: REASON',
  fact: 'A reason is one line without "=", since Checkov ends with an error where its own form of it has one.',
  link: 'https://kubernetes.io/docs/concepts/overview/working-with-objects/annotations/',
  wrong: pod(`${KEY}.SHM999: 'no such rule' # SHM904 error`),
  right: pod("    example.com/reviewed: 'yes'"),
};
