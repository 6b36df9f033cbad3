/**
 * The syntax of names, labels and taints in Kubernetes.
 *
 * @see https://kubernetes.io/docs/concepts/overview/working-with-objects/names/
 * @see
 * https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#syntax-and-character-set
 */

const DNS_LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const DNS_SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const NAME_PART = /^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/;

/**
 * Checks for a DNS label (RFC 1123): lowercase letters, digits and `-`, at most `longest`
 * characters.
 */
export function isDnsLabel(text: unknown, longest = 63): text is string {
  return typeof text === 'string' && text.length <= longest && DNS_LABEL.test(text);
}

/**
 * Makes a DNS label of a text: lowercase letters, digits and `-`, at most `longest` characters.
 *
 * @param otherwise the label of a text without letters and digits
 */
export function dnsLabelOf(text: string, longest: number, otherwise: string): string {
  const label = text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, longest)
    .replace(/^-+|-+$/g, '');
  return label === '' ? otherwise : label;
}

/** Checks for a DNS subdomain (RFC 1123): DNS labels separated by dots, at most 253 characters. */
export function isDnsSubdomain(text: unknown): text is string {
  return typeof text === 'string' && text.length <= 253 && DNS_SUBDOMAIN.test(text);
}

/**
 * Checks for a valid key of a label, an annotation or a taint: an optional DNS subdomain and `/`,
 * then at most 63 characters.
 */
export function isQualifiedName(text: unknown): text is string {
  if (typeof text !== 'string') {
    return false;
  }
  const slash = text.indexOf('/');
  const name = text.slice(slash + 1);
  return (
    (slash < 0 || isDnsSubdomain(text.slice(0, slash))) && name.length <= 63 && NAME_PART.test(name)
  );
}

/** Checks for a valid value of a label or a taint: at most 63 characters, or empty. */
export function isLabelValue(text: unknown): text is string {
  return typeof text === 'string' && text.length <= 63 && (text === '' || NAME_PART.test(text));
}

/**
 * Checks whether a text can be an image reference. The API server accepts other texts too. The
 * kubelet then reports InvalidImageName, when the pod already exists.
 */
export function isImage(text: unknown): text is string {
  return typeof text === 'string' && /^[\w][\w.\-:/@+]*$/.test(text);
}

/**
 * Checks a name of an environment variable, as Kubernetes accepted it before 1.32.
 *
 * @see https://kubernetes.io/docs/tasks/inject-data-application/define-environment-variable-container/
 */
export function isEnvName(text: unknown): boolean {
  return (
    typeof text === 'string' && /^[-._a-zA-Z][-._a-zA-Z0-9]*$/.test(text) && !/^\.\.?$/.test(text)
  );
}
