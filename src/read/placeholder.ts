/**
 * The start of a placeholder of common tools: envsubst and OpenShift, Jinja and Argo, Python, sed
 * with various markers, and words in capitals.
 */
const FORM = /^(\$\{|\$\w|\{\{|\{\w+\}|__\w+__|<[^>]+>|%%|@\w+@|[A-Z][A-Z0-9]*(_[A-Z0-9]+)+$)/;

/**
 * Checks whether a text starts with a placeholder that another tool replaces before the manifest is
 * applied. `$(NAME)` is not a placeholder: Kubernetes accepts it as it is.
 */
export function isPlaceholder(text: string): boolean {
  return FORM.test(text);
}
