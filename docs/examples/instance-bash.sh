#!/usr/bin/env bash
# Instances that are files in a folder: an instance plugin in bash. Needs socat and jq.
set -euo pipefail
export LC_ALL=C
umask 077

fail() { # CODE KIND MESSAGE: prints an error of JSON-RPC and ends the call
  jq -nc --argjson code "$1" --arg kind "$2" --arg message "$3" '{$code, $message, data: {Kind: $kind}}'
  exit 42
}

save() { # FILE TEXT: all of it or nothing
  printf '%s\n' "$2" >"$1.$BASHPID"
  mv "$1.$BASHPID" "$1"
}

find_instance() { # sets `file`; a name never leaves the folder
  local id
  id=$(jq -r .Instance <<<"$params")
  file=$INSTANCES/$id.json
  [[ $id =~ ^i-[0-9a-f]+$ && -e $file ]] || fail -32001 not-found "there is no instance '$id'"
}

call() { # METHOD: prints its result; `params` is the request
  local id file key spec
  case $1 in
    Handshake.Implements) echo '{"APIs":[{"Name":"Instance","Version":"0.5.0"}]}' ;;
    Handshake.Types) echo '{"Types":{"Instance/0.5.0":["."]}}' ;;
    Instance.Validate)
      jq -e '.Properties.Note? | type == "string"' <<<"$params" >/dev/null ||
        fail -32602 input 'Properties.Note: expected a text'
      echo '{"OK":true}'
      ;;
    Instance.Provision)
      key=$(jq -r '.Spec.Tags["infrakit.provision"] // empty' <<<"$params")
      id=i-$(sha1sum <<<"${key:-$BASHPID $EPOCHREALTIME}" | cut -d ' ' -f 1) # a repeated key is the same instance
      spec=$(jq -c .Spec <<<"$params")
      [[ -e $INSTANCES/$id.json ]] || save "$INSTANCES/$id.json" "$spec"
      echo "{\"ID\":\"$id\"}"
      ;;
    Instance.Label)
      find_instance
      spec=$(jq -c --argjson params "$params" '.Tags += $params.Labels' "$file")
      save "$file" "$spec"
      echo '{"OK":true}'
      ;;
    Instance.Destroy)
      find_instance
      rm "$file"
      echo '{"OK":true}'
      ;;
    Instance.DescribeInstances)
      shopt -s nullglob # a file that is gone when jq opens it fails the call: better no list than a short one
      jq -nc --argjson asked "$params" '
        def show: {ID: (input_filename | split("/")[-1] | rtrimstr(".json")), LogicalID, Tags}
          + if $asked.Properties == true then {Properties} else {} end;
        [inputs | show]
        | {Descriptions: map(select((.Tags // {}) as $tags | all($asked.Tags // {} | to_entries[]; $tags[.key] == .value)))}
      ' "$INSTANCES"/*.json </dev/null
      ;;
    '') fail -32700 input 'not a request in JSON' ;;
    *) fail -32601 incompatible "rpc: can't find method \"$1\"" ;;
  esac
}

answer() { # the HTTP requests of one connection, until two seconds pass without any
  local verb line length body id method result status reply
  while read -t 2 -r verb _; do
    length=0
    while IFS= read -r line && line=${line%$'\r'} && [[ $line ]]; do
      [[ ${line,,} != content-length:* ]] || length=${line#*:}
    done
    body=$(head -c $((length)))
    if [[ $verb != POST ]]; then
      printf 'HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n'
      continue
    fi
    # The id goes back as it came: jq would round the 63-bit numbers that clients in Go send.
    id=$(grep -oP '"id":\s*\K[^,{}\s]+(?=\s*}$)' <<<"$body" || jq -c '.id // empty' <<<"$body" || echo null)
    method= params=
    { read -r method && read -r params; } < <(jq -r '.method, (.params // {} | arrays[0] // . | tojson)' <<<"$body") || :
    set +e
    result=$(set -e; call "$method") # not in a condition: there bash would go on after an error
    status=$?
    [[ $status == 0 || $status == 42 ]] || result=$(fail -32000 plugin-failed "$method failed; see the log")
    set -e
    reply="{\"jsonrpc\":\"2.0\",\"error\":$result,\"id\":$id}"
    [[ $status != 0 ]] || reply="{\"jsonrpc\":\"2.0\",\"result\":$result,\"id\":$id}"
    [[ $id ]] || reply= # nobody reads it
    printf 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s\n' \
      $((${#reply} + 1)) "$reply"
  done
}

serve() {
  local plugins=${INFRAKIT_PLUGINS_DIR:-${INFRAKIT_HOME:-$HOME/.infrakit}/plugins} name=instance-bash
  mkdir -p "$plugins" "$INSTANCES"
  if socat -u OPEN:/dev/null "UNIX-CONNECT:$plugins/$name" 2>/dev/null; then
    echo "$plugins/$name: another process serves this plugin" >&2
    exit 1
  fi
  rm -f "$plugins/$name" # nobody serves it any more
  printf '%d' $$ >"$plugins/$name.pid"
  exec socat "UNIX-LISTEN:$plugins/$name,fork,backlog=128" 'SYSTEM:exec "$PLUGIN" --answer'
}

if [[ ${1:-} == --answer ]]; then
  answer
elif [[ ${1:-} == --dir && ${2:-} ]]; then
  export INSTANCES=$2 PLUGIN=$0
  serve
else
  echo "usage: $0 --dir FOLDER" >&2
  exit 2
fi
