import type { InputChecks } from '../../errors';

/** What happens to a pod that uses more than its namespace was granted. */
export enum PolicyAction {
  /** It is recorded in the API server's audit log: `validationActions: [Audit]`. */
  AUDIT = 'audit',

  /**
   * Whoever creates the pod gets a warning, and it is recorded: `[Warn, Audit]`. Controllers, which
   * create most pods, do not show the warning.
   */
  WARN = 'warn',

  /** It is refused, and that is recorded: `[Deny, Audit]`. */
  DENY = 'deny',
}

/** The `validationActions` of a binding. */
export const VALIDATION_ACTIONS = {
  [PolicyAction.AUDIT]: ['Audit'],
  [PolicyAction.WARN]: ['Warn', 'Audit'],
  [PolicyAction.DENY]: ['Deny', 'Audit'],
};

/** Checks what happens in a namespace, or everywhere. */
export function checkAction(given: PolicyAction, field: string, { fail }: InputChecks): void {
  if (!Object.values(PolicyAction).includes(given)) {
    fail('SHM007', field, given, 'PolicyAction.AUDIT, .WARN or .DENY', 'write one of them');
  }
}

/** Checks what happens in single namespaces: they must be those of the grants. */
export function checkNamespaceActions(
  given: { readonly [namespace: string]: PolicyAction },
  namespaces: readonly string[],
  checks: InputChecks,
): void {
  const field = 'namespaceActions';
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    checks.fail(
      'SHM007',
      field,
      given,
      'an action for each of some namespaces',
      'write { shop: PolicyAction.AUDIT }, or leave it out',
    );
    return;
  }
  for (const [namespace, action] of Object.entries(given).filter(
    ([, each]) => each !== undefined,
  )) {
    checkAction(action, `${field}.${namespace}`, checks);
    if (!namespaces.includes(namespace)) {
      checks.fail(
        'SHM007',
        field,
        namespace,
        `the namespaces of the grants: ${namespaces.join(', ')}`,
        'write one of them, or add a grant for the namespace',
      );
    }
  }
}
