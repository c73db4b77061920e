#!/usr/bin/env bash
# A blue-green deployment as somebody writes it who has no deployment plugin: the same calls in the same order, at once where they
# are made at once, without a journal or a way back.
#
#   deploy.sh SOCKETS NUMBER LISTEN PROPERTIES
#
# SOCKETS is the plugins' folder, NUMBER the release, PROPERTIES a file with the properties of its group.
set -euo pipefail
sockets=$1 now=$2 listen=$3 properties=$4
old=$((now - 1)) older=$((now - 2))

# call PLUGIN METHOD PARAMS
call() {
  local answer
  answer=$(curl -sS --unix-socket "$sockets/$1" -H 'Content-Type: application/json' \
    -d '{"jsonrpc":"2.0","id":1,"method":"'"$2"'","params":'"$3"'}' http://plugin/)
  if [[ $answer == *'"error":{'* ]]; then
    echo "$2: $answer" >&2
    return 1
  fi
  printf '%s' "$answer"
}

colour() { if (($1 % 2)); then echo blue; else echo green; fi; }

# commit NUMBER STATE PRETEND
commit() {
  local params
  params=$(jq -c --arg id "plain-$1" --arg release "$1" --arg state "$2" --argjson pretend "$3" \
    '{Pretend: $pretend, Spec: {ID: $id, Properties: (.Allocation.State = $state | .Instance.Properties.Environment.RELEASE = $release)}}' \
    "$properties")
  call group Group.CommitGroup "$params" >/dev/null
}

describe() { call group Group.DescribeGroup '{"ID":"plain-'"$1"'"}'; }

converged() { until describe "$1" | jq -e .result.Description.Converged >/dev/null; do sleep 0.05; done; }

# backend NUMBER: as the proxy is to have it, with all requests
backend() {
  describe "$1" | jq -c --arg name "plain-$1" \
    '{Name: $name, Weight: 1000, Servers: [.result.Description.Instances[] | {Name: .ID} + (.Properties.Endpoints[0] | {Host, Port})]}'
}

# route BACKENDS: applies it, and sees that it is so
route() {
  call proxy-embedded Proxy.Apply \
    '{"Route":{"Name":"plain","Owner":"script","Listen":"'"$listen"'","Backends":'"$1"'}}' >/dev/null
  call proxy-embedded Proxy.Describe '{"Name":"plain"}' >/dev/null
}

# enter NAME BACKEND, leave NAME BACKEND: of the catalogue
enter() {
  jq -c --arg name "$1" '.Servers[] | {Service: {Name: $name, ID: "\($name).\(.Name)", Address: .Host, Port}}' <<<"$2" |
    {
      while read -r params; do call registry-embedded Registry.Register "$params" >/dev/null & done
      wait
    }
}
leave() {
  jq -c --arg name "$1" '.Servers[] | {ID: "\($name).\(.Name)"}' <<<"$2" |
    {
      while read -r params; do call registry-embedded Registry.Deregister "$params" >/dev/null & done
      wait
    }
}

# weighted BACKEND WEIGHT
weighted() { jq -c --argjson weight "$2" '.Weight = $weight' <<<"$1"; }

lease=$(call registry-embedded Registry.Acquire '{"Name":"plain","Owner":"script","Reason":"deploys","TTLSeconds":15}' |
  jq -c '.result.Lease | {Name, Epoch}')
commit "$now" running true
commit "$now" running false
converged "$now"
fresh=$(backend "$now")
before=
if ((old >= 1)); then before=$(backend "$old"); fi
route "[${before:+$before,}$(weighted "$fresh" "$((old >= 1 ? 0 : 1000))")]" &
enter "plain-$(colour "$now")" "$fresh"
wait
route "[${before:+$(weighted "$before" 0),}$fresh]" &
enter plain "$fresh"
wait
call registry-embedded Registry.Put "{\"Key\":\"plain/state\",\"Value\":\"$now\"}" >/dev/null
route "[$fresh]" &
if ((old >= 1)); then
  leave plain "$before" &
  leave "plain-$(colour "$old")" "$before"
fi
wait
if ((old >= 1)); then
  jq -r '.Servers[].Name' <<<"$before" | {
    while read -r server; do
      call proxy-embedded Proxy.Drain \
        '{"Name":"plain","Owner":"script","Server":"'"$server"'","TimeoutSeconds":20}' >/dev/null 2>&1 || true &
    done
    wait
  }
  commit "$old" stopped false
fi
if ((older >= 1)); then
  call group Group.DestroyGroup '{"ID":"plain-'"$older"'"}' >/dev/null
  while describe "$older" >/dev/null 2>&1; do sleep 0.05; done
fi
if ((old >= 1)); then converged "$old"; fi
call registry-embedded Registry.Release "$lease" >/dev/null
