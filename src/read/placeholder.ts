/**
 * envsubst and OpenShift, Jinja and Argo, Python, sed with marks of several kinds, and words in
 * capitals.
 */
const FORM = /^(\$\{|\$\w|\{\{|\{\w+\}|__\w+__|<[^>]+>|%%|@\w+@|[A-Z][A-Z0-9]*(_[A-Z0-9]+)+$)/;

/**
 * Whether something else puts a value in before the text is applied, at its beginning at least.
 * `$(NAME)` is no such place: Kubernetes takes it as it is.
 */
export function isPlaceholder(text: string): boolean {
  return FORM.test(text);
}
