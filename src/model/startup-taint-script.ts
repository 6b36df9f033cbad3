/**
 * The loop of a StartupTaint, one POSIX shell script. Its data comes by the environment, so that the script is the same everywhere. Beside kubectl it needs
 * sh, sleep, timeout, expr and rm alone.
 *
 * The taint is removed by a JSON patch that first tests what stands at its place in the list: `kubectl taint` writes back the list that it has read before, and
 * so takes away a taint that somebody else has added meanwhile. And timeout(1) ends a request that hangs, since kubectl with `--request-timeout` no longer looks
 * for the service account of its pod.
 */
export const REMOVE_STARTUP_TAINT = `\
# removes one taint from the nodes whose agents are all ready; changes nothing else
trap 'exit 0' TERM INT
api() { timeout 30 kubectl "$@"; }
# what kubectl said last
error() { line=''; while read -r next; do line=$next; done < /tmp/error; echo "\${line:-nothing within 30 s}"; }
# NODE|INDEX|CREATED, for each node with the label $1 that has the taint
tainted() { api get nodes -l "$1" -o go-template='{{range $node := .items}}{{range $index, $taint := .spec.taints}}{{if and (eq $taint.key "'"$KEY"'") (eq $taint.effect "NoSchedule")}}{{$node.metadata.name}}|{{$index}}|{{$node.metadata.creationTimestamp}} {{end}}{{end}}{{end}}'; }
# NODE|CREATED, for each pod of the agents $1 that is ready
ready() { api get pods -n "$NAMESPACE" -l "cdk8s-shared-memory/agent in ($1)" -o go-template='{{range $pod := .items}}{{if not .metadata.deletionTimestamp}}{{range .status.conditions}}{{if and (eq .type "Ready") (eq .status "True")}}{{$pod.spec.nodeName}}|{{$pod.metadata.creationTimestamp}} {{end}}{{end}}{{end}}{{end}}'; }
# whether a pod of $pods is on node $1, and was made after that: a node that comes back under its name may still have pods of its former life
served() {
  for pod in $pods; do
    if [ "\${pod%%|*}" = "$1" ] && [ "$(LC_ALL=C expr "\${pod#*|}" '>=' "$2")" = 1 ]; then return 0; fi
  done
  return 1
}
# the taint at place $2 of node $1, or nothing where another one stands there by now
remove() { api patch node "$1" --type=json -p '[{"op":"test","path":"/spec/taints/'"$2"'/key","value":"'"$KEY"'"},{"op":"test","path":"/spec/taints/'"$2"'/effect","value":"NoSchedule"},{"op":"remove","path":"/spec/taints/'"$2"'"}]' >/dev/null; }
round() {
  found='' missing='' told=''
  for agent in $AGENTS; do # CONTRACT|LABEL=VALUE|NAME,NAME
    contract=\${agent%%|*} label=\${agent#*|}
    nodes=$(tainted "\${label%|*}") || return 1
    [ -n "$nodes" ] || continue
    pods=$(ready "\${agent##*|}") || return 1
    for item in $nodes; do
      node=\${item%%|*} place=\${item#*|}
      case " $found " in *" $node|"*) ;; *) found="$found $node|\${place%|*}" ;; esac
      served "$node" "\${item##*|}" || missing="$missing $node|$contract"
    done
  done
  for item in $found; do
    node=\${item%%|*} contracts=''
    for each in $missing; do [ "\${each%%|*}" != "$node" ] || contracts="$contracts \${each#*|}"; done
    if [ -n "$contracts" ]; then
      told="$told $item"
      case " $known " in *" $item "*) ;; *) echo "$node: waits for the agent of$contracts" ;; esac
    elif remove "$node" "\${item#*|}"; then
      echo "$node: removed $KEY:NoSchedule, as its agents are ready"
    else
      echo "$node: $KEY:NoSchedule is not removed this time: $(error)"
    fi
  done
  known=$told
}
known='' away=''
while :; do
  if round 2>/tmp/error; then
    : > /tmp/answered
    [ -z "$away" ] || echo 'the API server answers again'
    away=''
  else
    rm -f /tmp/answered
    [ -n "$away" ] || echo "asks again every $INTERVAL s, as the API server gave no answer: $(error)"
    away=yes
  fi
  sleep "$INTERVAL" & wait $! # a signal ends wait, and not sleep
done
`;
