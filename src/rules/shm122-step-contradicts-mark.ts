import { exampleMark, TABLE } from './example-mark';
import { forEachSharingPod, type Rule } from './rule';
import { inContainer } from './rule-match';
import { objectsOf, textOf } from '../kube/json';
import type { Container } from '../kube/pod-template';
import { PREPARE } from '../model/agent/init-scripts';
import { agentStepOf, stepContradictions, type StepContradiction } from '../sharing/agent-steps';

const agent = (version: string, found: string) => `apiVersion: v1
kind: Pod
metadata:
  name: agent
  namespace: agents
  annotations:
${exampleMark('agent', TABLE, ['agent'], { version: 'v2', group: 2000 })}
spec:
  initContainers:
    - name: prepare-routes
      image: registry.example.com/tools:1
      command:
        - sh
        - -euc
        - |
${PREPARE.replace(/^(?=.)/gm, '          ')}      env:
        - { name: DIRECTORY, value: /run/cdk8s-shared-memory/agents.routes }
        - { name: AGENT, value: agents/agent }
        - { name: VERSION, value: ${version} }${found}
        - { name: MEMORIES, value: 'table:2750' }
        - { name: OWNER, value: '2001:2000' }
      resources: { limits: { memory: 32Mi } }
      securityContext:
        runAsUser: 0
        capabilities: { add: [CHOWN], drop: [ALL] }
      volumeMounts: [{ name: shared-memory, mountPath: /node }]
  containers:
    - name: agent
      image: registry.example.com/agent:1
      resources: { limits: { memory: 128Mi } }
      volumeMounts: [{ name: shared-memory, mountPath: /run/routes, subPath: v2/table }]
  volumes:
    - name: shared-memory
      hostPath: { path: /run/cdk8s-shared-memory/agents.routes, type: DirectoryOrCreate }
`;

export const SHM122: Rule = {
  id: 'SHM122',
  title: 'a step of an agent does something else than its mark says',
  severity: 'error',
  why: 'The init step makes the directories that its variables name, for the user and the group in them. Clients look for those of the contract: they wait for ever, or cannot open them. Somebody who reviews the mark approves other directories than the step makes, with a privilege.',
  fix: 'render the agent again from its contract; if a patch changes the variable, remove the patch, and change the contract instead',
  fact: 'The script of the step reads what it makes from its variables alone; both are rendered from one contract.',
  link: 'https://kubernetes.io/docs/concepts/workloads/pods/init-containers/',
  wrong: agent('v1', ' # SHM122 error'),
  right: agent('v2', ''),
  check: forEachSharingPod((markedPod, found) => {
    for (const mark of markedPod.marks) {
      for (const container of markedPod.pod.containers) {
        const step = agentStepOf(markedPod.pod, container, mark);
        for (const each of step ? stepContradictions(step, mark) : []) {
          found(
            inContainer(
              markedPod,
              container,
              placeOf(container, each),
              `init container ${container.name}: ${wordsOf(each)}, by the mark of contract ${mark.contract}`,
            ),
          );
        }
      }
    }
  }),
};

function placeOf({ json }: Container, { variable }: StepContradiction): string {
  const i = objectsOf(json.env).findIndex(({ name }) => textOf(name) === variable);
  return i < 0 ? 'env' : `env/${i}`;
}

function wordsOf({ variable, given, allowed }: StepContradiction): string {
  if (given === undefined) {
    return `${variable} lacks ${allowed.join(' or ')}`;
  }
  return allowed.length === 0
    ? `${variable} has ${given}, which it must not have`
    : `${variable} has ${given}, not ${allowed.join(' or ')}`;
}
