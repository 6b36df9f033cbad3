/**
 * The loop of a StartupTaint, as one POSIX shell script. The script reads its input from
 * environment variables, so its text is the same everywhere. Besides kubectl, it only needs sh,
 * sleep, timeout, expr and rm. It queries with jsonpath, because Helm would interpret a go-template
 * as one of its own.
 *
 * The script removes the taint with a JSON patch that first tests which taint is at that index of
 * the list. `kubectl taint` would write back the list that it read earlier, and so drop a taint
 * that was added in the meantime. timeout(1) ends a request that hangs, because with
 * `--request-timeout` kubectl no longer looks for the service account of its pod.
 */
export const REMOVE_STARTUP_TAINT = `\
# removes one taint from the nodes whose agents are all ready; changes nothing else
trap 'exit 0' TERM INT
api() { timeout 30 kubectl "$@"; }
# the last line that kubectl wrote to stderr
error() { line=''; while read -r next; do line=$next; done < /tmp/error; echo "\${line:-nothing within 30 s}"; }
# NODE|CREATED|KEY=EFFECT,KEY=EFFECT, for each node with the label $1
nodes() { api get nodes -l "$1" -o jsonpath='{range .items[*]}{.metadata.name}|{.metadata.creationTimestamp}|{range .spec.taints[*]}{.key}={.effect},{end} {end}'; }
# CREATED|DELETED|READY, for each pod of the agents $1 on node $2
pods() { api get pods -n "$NAMESPACE" -l "cdk8s-shared-memory/agent in ($1)" --field-selector "spec.nodeName=$2" -o jsonpath='{range .items[*]}{.metadata.creationTimestamp}|{.metadata.deletionTimestamp}|{.status.conditions[?(@.type=="Ready")].status} {end}'; }
# whether one of the pods $2 is ready, and not older than the node, which was created at $1: a node that comes back under the same name may still have pods from before
served() {
  for pod in $2; do
    case $pod in *'||True') if [ "$(LC_ALL=C expr "\${pod%%|*}" '>=' "$1")" = 1 ]; then return 0; fi ;; esac
  done
  return 1
}
# the place of the taint in the list $1, which contains it
place() {
  rest=$1 count=0
  until [ "\${rest#",$KEY=NoSchedule,"}" != "$rest" ]; do rest=",\${rest#,*,}" count=$((count + 1)); done
  echo "$count"
}
# removes the taint at place $2 of node $1, or nothing if another taint is there by now
remove() { api patch node "$1" --type=json -p '[{"op":"test","path":"/spec/taints/'"$2"'/key","value":"'"$KEY"'"},{"op":"test","path":"/spec/taints/'"$2"'/effect","value":"NoSchedule"},{"op":"remove","path":"/spec/taints/'"$2"'"}]' >/dev/null; }
round() {
  found='' missing='' told=''
  for agent in $AGENTS; do # CONTRACT|LABEL=VALUE|NAME,NAME
    contract=\${agent%%|*} label=\${agent#*|}
    all=$(nodes "\${label%|*}") || return 1
    for item in $all; do
      node=\${item%%|*} taints=,\${item##*|}
      case $taints in *",$KEY=NoSchedule,"*) ;; *) continue ;; esac
      case " $found " in *" $node|"*) ;; *) found="$found $node|$(place "$taints")" ;; esac
      there=$(pods "\${agent##*|}" "$node") || return 1
      created=\${item#*|}
      served "\${created%%|*}" "$there" || missing="$missing $node|$contract"
    done
  done
  for item in $found; do
    node=\${item%%|*} contracts=''
    for each in $missing; do [ "\${each%%|*}" != "$node" ] || contracts="$contracts \${each#*|}"; done
    if [ -n "$contracts" ]; then
      told="$told $item"
      case " $known " in *" $item "*) ;; *) echo "$node: waits for the agent of$contracts" ;; esac
    elif remove "$node" "\${item#*|}"; then
      echo "$node: removed $KEY:NoSchedule, because its agents are ready"
    else
      echo "$node: could not remove $KEY:NoSchedule this time: $(error)"
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
    [ -n "$away" ] || echo "asks again every $INTERVAL s, because the API server gave no answer: $(error)"
    away=yes
  fi
  sleep "$INTERVAL" & wait $! # a signal ends wait, but not sleep
done
`;
