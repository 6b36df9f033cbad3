import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { recorded } from './kubectl-arguments';
import { DIST, page } from './review-examples';
import { StandInKubectl } from './stand-in-kubectl';
import { everything } from './undo-app';
import { blocksIn, type Block } from '../../../e2e/runbook';
import { exampleNames, foldersOf } from '../../../scripts/examples';
import { isObject, type JsonObject } from '../../../src/kube/json';
import { readFiles } from '../../../src/read/input-files';

const TITLE = 'How to undo it';
const FOLDERS = exampleNames().flatMap(name => foldersOf(name));
const EVERYTHING = everything();
const objectsOf = (folder: string) =>
  readFiles([join(DIST, folder)]).manifests.map(({ json }) => json);
const textOf = (objects: readonly object[]) =>
  objects.map(each => JSON.stringify(each)).join('\n---\n');

/** The blocks for kubectl, after making sure that all others are for a shell on a node. */
function kubectlBlocks(text: string): Block[] {
  const blocks = blocksIn(text, TITLE);
  const others = blocks.filter(({ script }) => !script.includes('kubectl'));
  expect(others.filter(({ words }) => !words.includes('Run this there as root'))).toEqual([]);
  return blocks.filter(each => !others.includes(each));
}

/** Follows a page, step by step. */
function undone(objects: readonly JsonObject[], text: string): StandInKubectl {
  const kubectl = new StandInKubectl(objects);
  kubectlBlocks(text).forEach(block => kubectl.runScript(block));
  return kubectl;
}

describe('every command can be run, in its order, and nothing of a contract is left', () => {
  test.each(FOLDERS)('%s', folder => {
    const text = readFileSync(join(DIST, folder, 'REVIEW.md'), 'utf8');
    const kubectl = undone(objectsOf(folder), text);
    const left = kubectl.untouched.filter(each => /cdk8s-shared-memory/.test(JSON.stringify(each)));
    expect(left).toEqual([]);
    if (blocksIn(text, TITLE).length > 0) {
      expect(kubectl.leftOnNodes).toEqual([]);
    }
    // what is named is of the library, or is bound to what is
    const names = kubectl.deleted
      .map(each => JSON.stringify(each))
      .filter(each => !/cdk8s-shared-memory|"policyName":|"volumeName":/.test(each));
    expect(names.filter(each => !/"kind":"Namespace"/.test(each))).toEqual([]);
  });

  test('everything that the library renders, beside what looks like it', () => {
    const objects = EVERYTHING.map(({ json }) => json);
    const text = page(textOf(objects));
    const kubectl = undone(objects, text);
    const nameOf = ({ kind, metadata }: JsonObject) => {
      const { name, namespace } = isObject(metadata) ? metadata : {};
      return `${String(kind)} ${namespace === undefined ? '' : `${String(namespace)}/`}${String(name)}`;
    };
    const ofLibrary = EVERYTHING.filter(({ by }) => by !== undefined).map(({ json }) =>
      nameOf(json),
    );
    const theirs = EVERYTHING.filter(({ by }) => by === undefined).map(({ json }) => nameOf(json));
    expect(theirs.filter(each => !kubectl.left.includes(each))).toEqual([]);
    expect(kubectl.left.filter(each => ofLibrary.includes(each))).toEqual([
      // the page says of each of them that it stays, or that it may
      'Namespace shop',
      'LimitRange shop/shared-memory',
      'ResourceQuota shop/shared-memory',
      'Namespace ledger',
      'Namespace mesh',
      'ResourceQuota mesh/system-node-critical',
    ]);
    expect(kubectl.leftOnNodes).toEqual([]);
  });
});

describe('the stand-in takes nothing that kubectl refuses, or that breaks something', () => {
  const objects = EVERYTHING.map(({ json }) => json);
  const failure = (words: string, command: string) => {
    try {
      new StandInKubectl(objects).runScript({ words, script: command });
      return 'no error';
    } catch (error) {
      return (error as Error).message.replace(/^kubectl .*?: /, '');
    }
  };

  test.each([
    ['kubectl delete -n agents daemonset/no', 'not found: daemonset agents/no'],
    ['kubectl delete daemonset/ring', 'not found: daemonset /ring'],
    ['kubectl delete -n shop daemonset/ring', 'not found: daemonset shop/ring'],
    ['kubectl delete -n agents ds/ring', 'there is no ds'],
    ['kubectl delete -n agents daemonset/ring --cascade', 'flag needs an argument: --cascade'],
    ['kubectl delete -n agents daemonset/ring --recursively', 'unknown flag: --recursively'],
    ['kubectl remove -n agents daemonset/ring', 'unknown command remove'],
    ['kubectl delete -n shop namespace/shop', 'a Namespace has no namespace'],
    ['kubectl delete namespace shop', 'nobody has looked what else is in it'],
    [
      'kubectl get all,secrets -n mesh; kubectl delete namespace mesh',
      'has other workloads in it: DaemonSet mesh/mesh',
    ],
    [
      'kubectl delete -n shop persistentvolumeclaim/routes-table-v1-ro',
      'waits for the pods that have it: Deployment shop/web',
    ],
    [
      'kubectl delete persistentvolume/agents-routes-table-v1-shop-ro',
      'waits for its claim: PersistentVolumeClaim shop/routes-table-v1-ro',
    ],
    [
      'kubectl delete validatingadmissionpolicy/shared-memory-clients',
      'leaves a binding without its policy: ValidatingAdmissionPolicyBinding shared-memory-clients-ledger, ValidatingAdmissionPolicyBinding shared-memory-clients-shop',
    ],
    [
      'kubectl delete -n agents daemonset/ring',
      'makes alerts fire: PrometheusRule agents/node-agents, PrometheusRule monitoring/ring-shared-memory',
    ],
    ['kubectl delete -n mesh daemonset/mesh', 'its pods have the memory until they end'],
    [
      'kubectl label nodes -l example.com/routes example.com/routes-',
      'selects nodes of other pools, too',
    ],
    [
      'kubectl taint nodes -l example.com/routes example.com/routes-',
      'selects nodes of other pools, too',
    ],
    ['kubectl delete -n agents daemonset/store-guard', 'a guard goes on until its pods are gone'],
    [
      'kubectl delete -n agents prometheusrule/node-agents; kubectl delete -n agents daemonset/routes',
      'nobody removes the taint startup-taint.cluster-autoscaler.kubernetes.io/routes-agent-not-ready any more',
    ],
    ['kubectl rollout status -n shop deployment/web', 'nobody was told to change it'],
    ['kubectl label nodes -l no.such/label no.such/label-', 'no node has no.such/label'],
    ['kubectl label nodes --all no.such/label-', 'no such node has the label'],
    ['kubectl label nodes -l kubernetes.io/arch kubernetes.io/arch-', 'is a label of the kubelet'],
    ['kubectl taint nodes --all no.such/taint-', 'no such node has the taint'],
    ['kubectl taint nodes --all example.com/routes:NoRun-', 'no effect NoRun'],
    ['kubectl logs -n agents -l app=no', 'no pod has app=no'],
    ['kubectl get pods -A -l no.such/label', 'nothing has no.such/label'],
    ['kubectl label namespace shop a=b', 'has another value already'],
  ])('fails for %s', (command, why) => {
    expect(failure('', command)).toBe(why);
  });

  test('a shell runs the commands, and no other program', () => {
    expect(recorded(`kubectl delete -n 'a b' "x/$(echo y)"`)).toEqual([
      ['delete', '-n', 'a b', 'x/y'],
    ]);
    expect(() => recorded('rm -rf /no/such/folder')).toThrow(/rm.*not found/);
    expect(() => recorded('umount /no/such/folder')).toThrow(/umount.*not found/);
  });
});
