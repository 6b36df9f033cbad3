/**
 * What Kubernetes accepts as a name, a label and a taint.
 *
 * @see https://kubernetes.io/docs/concepts/overview/working-with-objects/names/
 * @see
 * https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#syntax-and-character-set
 */

const DNS_LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const DNS_SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const NAME_PART = /^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/;

/** Lowercase letters, digits and `-`, at most `longest` characters (RFC 1123). */
export function isDnsLabel(text: unknown, longest = 63): text is string {
  return typeof text === 'string' && text.length <= longest && DNS_LABEL.test(text);
}

/** DNS labels joined by dots, at most 253 characters (RFC 1123). */
export function isDnsSubdomain(text: unknown): text is string {
  return typeof text === 'string' && text.length <= 253 && DNS_SUBDOMAIN.test(text);
}

/**
 * A label, annotation or taint key: an optional DNS subdomain and `/`, then at most 63 characters.
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

/** The value of a label or taint: at most 63 characters, may be empty. */
export function isLabelValue(text: unknown): text is string {
  return typeof text === 'string' && text.length <= 63 && (text === '' || NAME_PART.test(text));
}

/**
 * What can be an image reference: the kubelet refuses the rest as InvalidImageName, when the pod is
 * there already.
 */
export function isImage(text: unknown): text is string {
  return typeof text === 'string' && /^[\w][\w.\-:/@+]*$/.test(text);
}
