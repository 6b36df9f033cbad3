import { celPath, celString, onlyIf, add, remove, CelExpression } from './cel-values';
import { compiledEdit, type Compiled } from './compiled-operations';
import type { Mutation } from './compiled-part';
import { containersAnnotation, useLabel, useValue, WIRED_GATE } from './use-label';
import { joined } from './wired-containers';
import type { Json, JsonObject } from '../../kube/json';
import { NODE_OS } from '../../kube/well-known';
import { clientEdit } from '../client/client-edit';
import type { AccessKind, ContractSpec } from '../contract/contract-spec';
import { ownerOf } from '../contract/node-layout';
import {
  coreResource,
  lines,
  strings,
  validationsOf,
  variablesOf,
  type Refusal,
} from '../policy/cel';

/**
 * The longest annotation that is read. The API server looks up each name many times, and took 34 s
 * for one of 240,000 characters.
 */
const MOST_CHARACTERS = 4096;

/** The edit of a client, compiled for pods. */
export function compiledClient(spec: ContractSpec, access: AccessKind): Compiled {
  return compiledEdit(clientEdit(spec, '', { access, containers: 'only', addToLimits: false }));
}

/** Returns the spec of the MutatingAdmissionPolicy that wires pods with one value of the label. */
export function injectionSpec(spec: ContractSpec, access: AccessKind): JsonObject {
  const compiled = compiledClient(spec, access);
  const { conflicts } = checksOf(spec, compiled);
  const isClear = conflicts.map(({ name }) => `variables.${name}.size() == 0`).join(' && ');
  const annotation = containersAnnotation(spec.name);
  const named = joined(
    onlyIf('!has(object.metadata.annotations)', add(celPath('metadata', 'annotations'), {})),
    onlyIf(
      `variables.asked == ''`,
      add(
        celPath('metadata', 'annotations', annotation),
        new CelExpression("variables.names.join(',')"),
      ),
    ),
  );
  return {
    failurePolicy: 'Fail',
    reinvocationPolicy: 'IfNeeded',
    matchConstraints: {
      resourceRules: [coreResource('pods', ['CREATE'], 'Namespaced')],
      objectSelector: selectorOf(spec, access),
    },
    variables: [
      ...podVariables(spec, compiled),
      ...variablesOf(conflicts),
      { name: 'clear', expression: isClear },
    ],
    mutations: inFewSteps([
      { field: 'annotations', operations: named },
      ...compiled.mutations,
      { field: 'schedulingGates', operations: gate() },
    ]).map(expression => ({
      patchType: 'JSONPatch',
      jsonPatch: { expression: `!variables.clear ? [] :\n${expression}` },
    })),
  };
}

/**
 * Returns the spec of the ValidatingAdmissionPolicy that refuses a pod with the label that is not
 * wired exactly as it must be.
 */
export function wiredSpec(spec: ContractSpec, access: AccessKind): JsonObject {
  const compiled = compiledClient(spec, access);
  const { conflicts, missing } = checksOf(spec, compiled);
  const all = [...conflicts, ...missing];
  return {
    failurePolicy: 'Fail',
    matchConstraints: {
      resourceRules: [coreResource('pods', ['CREATE'], 'Namespaced')],
      objectSelector: selectorOf(spec, access),
    },
    variables: [...podVariables(spec, compiled), ...variablesOf(all)],
    validations: validationsOf(all),
  };
}

/** One value of the label that a namespace may use. */
export interface GrantedUse {
  readonly namespace: string;
  readonly value: string;
}

/**
 * Returns the spec of the ValidatingAdmissionPolicy that refuses the label of a contract wherever
 * no policy would wire the pod: in other namespaces, with other values, and on a pod that exists.
 */
export function useGuardSpec(contract: string, granted: readonly GrantedUse[]): JsonObject {
  const label = useLabel(contract);
  const values = [...new Set(granted.map(({ value }) => value))].sort();
  const uses = granted.map(({ namespace, value }) => `'${namespace} ${value}'`);
  const of = (object: string) => `${object}.metadata.?labels[?'${label}'].orValue('')`;
  const refusals: Refusal[] = [
    {
      name: 'changed',
      refused:
        "request.operation == 'UPDATE' && variables.old != variables.value ? [variables.old + ' -> ' + variables.value] : []",
      says: celString(
        `the label ${label} is read when a pod is created, and cannot be changed later; create the pod again: `,
      ),
    },
    {
      name: 'ungated',
      refused: `request.operation == 'UPDATE' && ${hasGate('oldObject')} && !${hasGate('object')} ? [object.metadata.name] : []`,
      says: celString(
        `the scheduling gate ${WIRED_GATE} is removed when a pod is wired, and a pod is wired only when it is created; create the pod again: `,
      ),
    },
    {
      name: 'unknown',
      refused: `request.operation == 'CREATE' && !(variables.value in ${strings(values)}) ? [variables.value] : []`,
      says: celString(
        `contract ${contract} has no such use; write one of ${values.join(', ')} in the label ${label}: `,
      ),
    },
    {
      name: 'foreign',
      refused: `request.operation == 'CREATE' && variables.value in ${strings(values)} && !((request.namespace + ' ' + variables.value) in variables.uses) ? [variables.value] : []`,
      says: `'namespace ' + request.namespace + ${celString(` may not use contract ${contract} like this; ask the platform team for a grant and an injection: `)}`,
    },
  ];
  return {
    failurePolicy: 'Fail',
    matchConditions: [
      {
        // the kubelet makes such a copy of a static pod, which runs already
        name: 'no-mirror-pod',
        expression:
          "!(request.userInfo.username.startsWith('system:node:') && 'kubernetes.io/config.mirror' in object.metadata.?annotations.orValue({}))",
      },
    ],
    matchConstraints: {
      resourceRules: [
        coreResource('pods', ['CREATE', 'UPDATE'], 'Namespaced'),
        // whoever may write the status of a pod can write its labels there
        coreResource('pods/status', ['UPDATE'], 'Namespaced'),
      ],
      objectSelector: { matchExpressions: [{ key: label, operator: 'Exists' }] },
    },
    variables: [
      { name: 'uses', expression: lines('[', [...new Set(uses)].sort(), ']') },
      { name: 'value', expression: of('object') },
      { name: 'old', expression: `request.operation == 'UPDATE' ? ${of('oldObject')} : ''` },
      ...variablesOf(refusals),
    ],
    validations: validationsOf(refusals),
  };
}

/**
 * Joins mutations of different fields: the API server converts the pod and evaluates all variables
 * for each mutation of a policy, so few are cheaper than many.
 */
function inFewSteps(mutations: readonly Mutation[]): string[] {
  const steps: Mutation[][] = [];
  for (const mutation of mutations) {
    const step = steps.find(each => each.every(({ field }) => field !== mutation.field));
    if (step === undefined) {
      steps.push([mutation]);
    } else {
      step.push(mutation);
    }
  }
  return steps.map(step => joined(...step.map(({ operations }) => operations)));
}

function selectorOf(spec: ContractSpec, access: AccessKind): Json {
  return { matchLabels: { [useLabel(spec.name)]: useValue(spec, access) } };
}

/** The variables that describe the pod, and which of its containers share the memory. */
function podVariables(spec: ContractSpec, { variables }: Compiled): Json[] {
  const annotation = containersAnnotation(spec.name);
  return [
    { name: 'volumes', expression: 'object.spec.?volumes.orValue([])' },
    {
      name: 'all',
      expression: 'object.spec.containers + object.spec.?initContainers.orValue([])',
    },
    { name: 'containerNames', expression: 'object.spec.containers.map(c, c.name)' },
    {
      name: 'initNames',
      expression: 'object.spec.?initContainers.orValue([]).map(c, c.name)',
    },
    {
      name: 'asked',
      expression: `object.metadata.?annotations[?'${annotation}'].orValue('')`,
    },
    {
      name: 'names',
      expression: `variables.asked.size() > ${MOST_CHARACTERS} ? ['(more than ${MOST_CHARACTERS} characters)'] : (variables.asked != '' ? variables.asked.split(',').map(n, n.trim()) : (variables.containerNames.size() == 1 ? variables.containerNames : []))`,
    },
    { name: 'used', expression: 'variables.all.filter(c, c.name in variables.names)' },
    {
      name: 'steps',
      expression: spec.readyWhen === undefined ? '[]' : strings([`wait-for-${spec.name}`]),
    },
    ...variables.map(({ name, expression }): Json => ({ name, expression })),
  ];
}

/** What is refused before a pod is wired, and after. */
function checksOf(
  spec: ContractSpec,
  compiled: Compiled,
): { conflicts: readonly Refusal[]; missing: readonly Refusal[] } {
  const annotation = containersAnnotation(spec.name);
  const conflicts: Refusal[] = [
    {
      name: 'unchosen',
      refused: 'variables.names.size() == 0 ? variables.containerNames : []',
      says: celString(
        `name the containers that share the memory of ${ownerOf(spec)} in the annotation ${annotation}, separated by commas. The pod has several: `,
      ),
    },
    {
      name: 'strangers',
      refused:
        "variables.names.filter(n, !(n in variables.containerNames) && !(n in variables.initNames)).map(n, n == '' ? '(empty)' : n)",
      says: celString(`the annotation ${annotation} names containers that the pod does not have: `),
    },
    ...(spec.nodes.label.key === NODE_OS
      ? []
      : [
          {
            name: 'daemons',
            refused:
              "object.metadata.?ownerReferences.orValue([]).filter(o, o.kind == 'DaemonSet' && o.?controller.orValue(false)).map(o, o.name)",
            says: celString(
              `the controller of a DaemonSet chooses the nodes before ${ownerOf(spec)} can say where it is; write the node selector ${spec.nodes.label.key}: ${spec.nodes.label.value} into the DaemonSet and mount the claim there: `,
            ),
          },
        ]),
    ...compiled.conflicts,
  ];
  return { conflicts, missing: compiled.missing };
}

function hasGate(object: string): string {
  return `${object}.spec.?schedulingGates.orValue([]).exists(g, g.name == ${celString(WIRED_GATE)})`;
}

function gate(): string {
  const gates = 'object.spec.?schedulingGates.orValue([]).map(g, g.name)';
  return onlyIf(
    `${celString(WIRED_GATE)} in ${gates}`,
    remove(`'/spec/schedulingGates/' + string(${gates}.indexOf(${celString(WIRED_GATE)}))`),
  );
}
