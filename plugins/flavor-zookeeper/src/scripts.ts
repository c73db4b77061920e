import type { Vocabulary } from '@infrakit/template'

/** What a template can name. */
export const vocabulary: Vocabulary = {
  fields: ['LogicalID', 'MyID', 'Servers', 'Settings', 'ConfigDir', 'DataDir', 'ClientPort', 'Service', 'Image'],
  known: '.LogicalID, .MyID, .Servers, .Settings, .ConfigDir, .DataDir, .ClientPort, .Service, .Image and functions',
}

/** Writes the configuration, and has the service of the package take it. */
export const systemScript = `#!/bin/sh
set -e
{{ if .Service -}}
if ! [ -e /usr/share/zookeeper/bin/zkServer.sh ]; then
  apt-get update
  DEBIAN_FRONTEND=noninteractive apt-get install -y zookeeperd
fi
{{ end -}}
mkdir -p {{ squote .ConfigDir }} {{ squote .DataDir }}
cat > {{ squote .ConfigDir }}/zoo.cfg << 'END-OF-ZOO.CFG'
{{ range $name, $value := .Settings -}}
{{ $name }}={{ $value }}
{{ end -}}
dataDir={{ .DataDir }}
clientPort={{ .ClientPort }}
{{ range $i, $server := .Servers -}}
server.{{ inc $i }}={{ $server }}
{{ end -}}
END-OF-ZOO.CFG
echo {{ .MyID }} > {{ squote .DataDir }}/myid
{{ if .Service -}}
service zookeeper restart
{{ end }}`

/** The network of the machine, for in one of its own a member could not listen on the address that others know. */
export const dockerScript = `#!/bin/sh
set -e
docker run --detach --name zookeeper --restart always --network host \\
  --volume zookeeper-data:/data --volume zookeeper-datalog:/datalog \\
  --env ZOO_MY_ID={{ .MyID }} \\
  --env ZOO_SERVERS='{{ range $i, $server := .Servers }}{{ if $i }} {{ end }}server.{{ inc $i }}={{ $server }};{{ $.ClientPort }}{{ end }}' \\
  --env ZOO_CFG_EXTRA={{ range $name, $value := .Settings }}{{ printf "%s=%v" $name $value | squote }}' '{{ end }} \\
  {{ squote .Image }}
`
