import type { Role } from './allocation.js'

/** Nothing of it is shown while it runs (no `set -x`): a token is in it. */
const head = `#!/bin/sh
set -e
swarm_try() {
  tries=0
  until "$@" > /dev/null 2>&1; do
    tries=$((tries + 1))
    if [ "$tries" -ge 300 ]; then
      echo "gave up waiting for: $*" >&2
      exit 1
    fi
    sleep 0.2 2> /dev/null || sleep 1
  done
}
swarm_try docker info
swarm_info() { docker info 2> /dev/null | sed -n "s/^ *$1: //p" | head -n 1; }
`

/** The engine takes its labels while it runs. */
const labels = `config=/etc/docker/daemon.json
if [ -s "$config" ] && ! grep -q infrakit-link "$config"; then
  echo "$config is there already and would be overwritten: give InitScriptTemplateURL a script that adds the labels to it" >&2
  exit 1
fi
mkdir -p /etc/docker
cat > "$config" << 'END-OF-LABELS'
{
  "labels": {{ INFRAKIT_LABELS | jsonEncode }}
}
END-OF-LABELS
kill -s HUP "$(cat /var/run/docker.pid)"
swarm_labelled() { docker info 2> /dev/null | grep -qF {{ index INFRAKIT_LABELS 0 | squote }}; }
swarm_try swarm_labelled
`

/** Whoever comes back with the state of its engine is a node already; what is left of another swarm is left behind. */
const state = `state=$(swarm_info Swarm)
case "$state" in
  active | inactive) ;;
  *) docker swarm leave --force ;;
esac
if [ "$state" != active ]; then
`

const advertise = '{{ with ADVERTISE_ADDR }}--advertise-addr {{ . | squote }} {{ end }}'

/** Predecessors count for the quorum until they are taken out. */
const successor = `{{ with MEMBER -}}
self=$(swarm_info NodeID)
for node in $(docker node ls --quiet --filter {{ printf "label=infrakit-member=%s" . | squote }}); do
  if [ "$node" != "$self" ]; then
    docker node demote "$node" > /dev/null || true
    (swarm_try docker node rm --force "$node") || echo "node $node is left of a predecessor: remove it by hand" >&2
  fi
done
{{ end }}`

const manager = `${head}${labels}${state}{{ if and (eq INSTANCE_LOGICAL_ID SPEC.SwarmJoinIP) (not SWARM_INITIALIZED) -}}
  docker swarm init ${advertise}> /dev/null
{{- else }}
  docker swarm join ${advertise}--token {{ SWARM_JOIN_TOKENS.Manager | squote }} {{ SWARM_MANAGER_ADDR | squote }}
{{- end }}
fi
${successor}`

const worker = `${head}${labels}${state}  docker swarm join ${advertise}--token {{ SWARM_JOIN_TOKENS.Worker | squote }} {{ SWARM_MANAGER_ADDR | squote }}
fi
`

/** What an instance runs once its engine is there, where the properties name no other template. */
export const scripts: Readonly<Record<Role, string>> = { manager, worker }
