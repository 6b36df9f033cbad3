import { quoted } from './shell-commands';

/** What the command below prints for each claim of a pod: `shop/web-1 routes-table-v1-ro`. */
const TEMPLATE =
  '{{range $pod := .items}}{{range .spec.volumes}}{{with .persistentVolumeClaim}}{{$pod.metadata.namespace}}/{{$pod.metadata.name}} {{.claimName}}{{"\\n"}}{{end}}{{end}}{{end}}';

/**
 * Returns the command that lists the pods of all namespaces that mount certain claims, or says that
 * there is none.
 *
 * @param pattern an extended regular expression for lines like `shop/web-1 routes-table-v1-ro`
 * @param node the node on which to look, as a word for a shell. Absent for all pods.
 */
export function podsWithClaims(pattern: string, node?: string): string {
  return `uses=$(kubectl get pods -A${onNode(node)} -o go-template='${TEMPLATE}') && { echo "$uses" | grep -E ${quoted(pattern)} || echo 'no pod with a claim is left'; }`;
}

const HOST_PATHS =
  '{{range $pod := .items}}{{range .spec.volumes}}{{with .hostPath}}{{$pod.metadata.namespace}}/{{$pod.metadata.name}} {{.path}}{{"\\n"}}{{end}}{{end}}{{end}}';

/**
 * Returns the command that lists the pods with a hostPath at or below directories of the node.
 *
 * @param node as above
 */
export function podsWithHostPaths(paths: readonly string[], node?: string): string {
  const pattern = ` ${oneOf(paths)}(/|$)`;
  return `kubectl get pods -A${onNode(node)} -o go-template='${HOST_PATHS}' | grep -E ${quoted(pattern)} || echo 'no pod with such a hostPath'`;
}

const HOST_IPC =
  '{{range .items}}{{if .spec.hostIPC}}{{.metadata.namespace}}/{{.metadata.name}}{{"\\n"}}{{end}}{{end}}';

/**
 * Returns the command that lists the pods in the IPC namespace of their node.
 *
 * @param node as above
 */
export function podsWithHostIpc(node?: string): string {
  return `kubectl get pods -A${onNode(node)} -o go-template='${HOST_IPC}'`;
}

function onNode(node: string | undefined): string {
  return node === undefined ? '' : ` --field-selector spec.nodeName=${node}`;
}

/** Returns an extended regular expression for one of some texts. */
export function oneOf(texts: readonly string[]): string {
  const all = [...new Set(texts)].sort().map(escaped);
  return all.length === 1 ? all[0] : `(${all.join('|')})`;
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
