import { doubtWords, placeWords, reportWords } from './guardrail-words';
import { code, fileOf, plain, some, table } from './markdown';
import type { ReviewModel } from './review-model';
import { groupBy } from '../../kube/group';
import { sameQuantity } from '../../kube/quantity';
import type { PolicyGrant } from '../../model/policy/policy-grants';
import { isDenying, refuseIn, type Guardrail, type NamespaceLimit } from '../../sharing/guardrails';

/**
 * Lists what keeps pods from having more than this page says: policies of the API server, and
 * quotas. Pod Security is in a section of its own.
 */
export function guardrails({
  limits: all,
  guardrails: policies,
  approvals,
  levels,
}: ReviewModel): string[] {
  if (approvals.length + policies.length + all.length === 0) {
    return [];
  }
  const limits = all.filter(each => !isForClasses(each));
  const classes = classWords(all.filter(isForClasses));
  const rows = [
    ...policies.map(each => [
      `ValidatingAdmissionPolicy ${code(each.policy.name)}`,
      effect(each),
      inForce(each),
      fileOf(each.policy),
    ]),
    ...limits.map(({ manifest, limits: amounts, isScoped }) => [
      `${manifest.kind} ${nameOf(manifest)}`,
      amounts.map(([resource, amount]) => `${plain(resource)}: ${code(amount)}`).join(', '),
      `refuses in ${code(manifest.namespace ?? '')}${isScoped ? ', **but only pods that its scopes match**' : ''}`,
      fileOf(manifest),
    ]),
  ];
  const none = `These manifests have no policy that refuses a pod which asks for more of the node than this page says, and no ${classes.length === 0 ? 'quota' : 'quota for memory'}. Pod Security and the policies of the cluster apply; a \`ClientPolicy\` would add one.`;
  return [
    '## What limits these pods',
    '',
    ...(rows.length === 0
      ? [[none, ...classes].join(' '), '']
      : [
          ...table(['guardrail', 'rule', 'in force', 'file'], rows),
          ...unlimited(policies, levels),
          ...(classes.length === 0 ? [] : [classes.join(' '), '']),
        ]),
  ];
}

/** Says where no policy limits what pods ask for, although Pod Security lets everything pass. */
function unlimited(policies: readonly Guardrail[], levels: ReviewModel['levels']): string[] {
  const bindings = policies
    .filter(({ limits }) => limits === 'pods')
    .flatMap(each => each.bindings);
  const open = levels
    .filter(({ namespace, level }) => level === 'privileged' && !refuseIn(bindings, namespace))
    .map(({ namespace }) => code(namespace));
  return open.length === 0
    ? []
    : [
        `In ${some(open)}, Pod Security must admit everything, and none of these policies refuses a pod: whoever may create pods there controls the nodes.`,
        '',
      ];
}

/** Checks whether a quota is there for pods of priority classes, and counts nothing but pods. */
function isForClasses({ limits, priorityClasses }: NamespaceLimit): boolean {
  return priorityClasses.length > 0 && limits.every(([resource]) => PODS.test(resource));
}

const PODS = /^(count\/)?pods$/;

/** Says what the quotas of priority classes are for. With no pods, they refuse the agents. */
function classWords(quotas: readonly NamespaceLimit[]): string[] {
  const alike = groupBy(quotas, ({ priorityClasses, limits }) =>
    JSON.stringify([priorityClasses, limits]),
  );
  return [...alike.values()].map(all => {
    const [{ priorityClasses, limits }] = all;
    const quota = `ResourceQuota ${some(all.map(({ manifest }) => nameOf(manifest)))}`;
    const amounts = limits.map(([resource, amount]) => code(`${resource}: ${amount}`)).join(', ');
    const classes = some(priorityClasses.map(code));
    return limits.some(([, amount]) => sameQuantity(amount, '0'))
      ? `**${quota} has ${amounts}: it refuses every pod of priority class ${classes}.**`
      : `${quota} (${amounts}) is there because some clusters admit pods of priority class ${classes} outside kube-system only with such a quota.`;
  });
}

function nameOf({ namespace, name }: NamespaceLimit['manifest']): string {
  return code(`${namespace ?? ''}/${name}`);
}

/** Says where a policy refuses. Its expressions are not evaluated here. */
function inForce({
  bindings,
  failsOpen,
  grants,
  isUnconditional,
  unboundNamespaces,
  doubtfulNamespaces,
}: Guardrail): string {
  if (bindings.length === 0) {
    return '**not in force: these manifests have no binding for it**';
  }
  // other policies have conditions on purpose: those of a StartupTaint are for one account
  const isNarrow = grants !== undefined && !isUnconditional;
  const places = bindings.map(binding => {
    const { actions, isWhole } = binding;
    const place = placeWords(binding);
    const where = isNarrow || !isWhole ? `${place}, **but only what its conditions match**` : place;
    return isDenying(binding) ? `refuses ${where}` : `**only ${reportWords(actions)}** ${where}`;
  });
  return [
    ...new Set(places),
    ...(unboundNamespaces.length === 0
      ? []
      : [`**no binding for ${some(unboundNamespaces.map(code))}**`]),
    ...(doubtfulNamespaces.length === 0 ? [] : [`**${doubtWords(doubtfulNamespaces)}**`]),
    ...(failsOpen
      ? ['**lets everything pass if it cannot be evaluated** (`failurePolicy: Ignore`)']
      : []),
  ].join('; ');
}

/**
 * Says what a policy is for. What somebody else wrote, nobody can tell without reading it; and a
 * claim that the policy does not know, it does not guard.
 */
function effect({ limits, grants, foreignFields, unlistedClaims }: Guardrail): string {
  const what = purpose(limits, grants);
  const listed = unlistedClaims.length === 0 ? [] : [unlistedWords(unlistedClaims)];
  return foreignFields.length === 0
    ? [what, ...listed].join('; ')
    : [
        `**its expressions are not those of this library, and must be read** (${some(foreignFields.map(code), 3)})`,
        `what it should say: ${what}`,
        ...listed,
      ].join('; ');
}

function unlistedWords(claims: readonly string[]): string {
  return `**it does not know ${claims.length === 1 ? 'claim' : 'claims'} ${some(claims.map(code), 3)}**, so pods there may mount ${claims.length === 1 ? 'it' : 'them'} in any way`;
}

function purpose(limits: Guardrail['limits'], grants: Guardrail['grants']): string {
  switch (limits) {
    case 'nodes':
      return 'what a service account may change of nodes';
    case 'persistentvolumes':
      return 'which directories of nodes a PersistentVolume may name, and for whom';
    case 'pods':
      return grants === undefined
        ? 'what pods may ask for'
        : `pods may use ${grants.length === 0 ? 'nothing of the node' : `of the node only ${some(grants.map(grantWords), 3)}`}, apart from granted claims`;
  }
}

function grantWords(grant: PolicyGrant): string {
  const what =
    grant.use === 'hostPath'
      ? `hostPath ${grant.path}${grant.access === 'readOnly' ? ', read-only' : ''}`
      : grant.use;
  return `${code(what)} in ${code(grant.namespace)}`;
}
