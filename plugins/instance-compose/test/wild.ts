import { waits } from './support.js'

/** A Compose file as people write them, what is made of it, and how its owner changes it. */
export interface Wild {
  readonly what: string
  readonly files: Readonly<Record<string, string>>
  readonly service: string
  /** Further properties; `FOLDER` is the project's. */
  readonly properties?: Readonly<Record<string, unknown>>
  /** What its owner changes, so that a replica is another afterwards. */
  readonly change: Readonly<Record<string, string>>
  /** What Compose's own `up` of the same files needs beside: flags, variables. */
  readonly flags?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** Side services that have to be there. */
  readonly sides?: readonly string[]
  /** Networks and volumes that somebody else makes before. */
  readonly external?: { readonly networks?: readonly string[]; readonly volumes?: readonly string[] }
}

const app = (more = '', version = 1) => `
services:
  app:
    image: IMAGE
    command: ${waits}
    environment: {VERSION: "${version}"}
${more}`

export const wild: readonly Wild[] = [
  {
    what: 'the smallest file there is',
    files: { 'compose.yml': app() },
    change: { 'compose.yml': app('', 2) },
    service: 'app',
  },
  {
    what: 'extends of a file in another folder',
    files: {
      'compose.yml': `services: {app: {extends: {file: common/base.yml, service: base}, environment: {VERSION: "1"}}}`,
      'common/base.yml': `services: {base: {image: IMAGE, command: ${waits}, env_file: base.env, labels: {from: base}}}`,
      'common/base.env': 'BASE=1\n',
    },
    change: { 'common/base.env': 'BASE=2\n' },
    service: 'app',
  },
  {
    what: 'anchors, aliases and merge keys',
    files: {
      'compose.yml': `
x-env: &env {A: "1", B: two}
x-base: &base
  image: IMAGE
  command: &command ${waits}
  init: true
  logging: {driver: json-file, options: {max-size: 1m}}
services:
  app: {<<: *base, environment: {<<: *env, B: mine}}
  other: {<<: *base, command: *command}
`,
    },
    change: {
      'compose.yml': `
x-base: &base {image: IMAGE, command: ${waits}}
services: {app: {<<: *base, environment: {A: "2"}}}
`,
    },
    service: 'app',
  },
  {
    what: 'a service in a profile, beside one in another whose variable is set nowhere',
    files: {
      'compose.yml': app(
        '    profiles: [web]\n  tool:\n    image: IMAGE\n    profiles: [tools]\n    env_file: nowhere.env\n',
      ),
    },
    change: { 'compose.yml': app('    profiles: [web]\n', 2) },
    service: 'app',
  },
  {
    what: 'secrets from a file and from the environment',
    files: {
      'compose.yml': app(`    secrets: [file, {source: variable, target: /etc/variable}]
secrets:
  file: {file: ./secret.txt}
  variable: {environment: FROM_ENV}
`),
      'secret.txt': 'of the file\n',
    },
    properties: { Environment: { FROM_ENV: 'of the environment' } },
    env: { FROM_ENV: 'of the environment' },
    change: {
      'compose.yml': app(
        `    secrets: [{source: file, target: elsewhere}]
secrets: {file: {file: ./secret.txt}}
`,
        2,
      ),
    },
    service: 'app',
  },
  {
    what: 'configs from a file and with their content',
    files: {
      'compose.yml':
        app(`    configs: [{source: file, target: /etc/file.conf}, {source: inline, target: /etc/inline.conf}]
configs:
  file: {file: ./app.conf}
  inline: {content: "of \${WHERE:-here} for $$5\\n"}
`),
      'app.conf': 'listen 80\n',
    },
    change: {
      'compose.yml': app(`    configs: [{source: inline, target: /etc/inline.conf}]
configs: {inline: {content: "other"}}
`),
    },
    service: 'app',
  },
  {
    what: 'variables with defaults, from .env, escaped dollars',
    files: {
      'compose.yml': app(`    labels:
      set: "\${SET}"
      default: "\${UNSET:-fallback}"
      alternative: "\${SET:+instead}"
      nested: "\${UNSET:-\${SET}}"
      dollar: "$$HOME"
`),
      '.env': "SET='from .env with $dollar'\n",
    },
    change: { '.env': 'SET=changed\n' },
    service: 'app',
  },
  {
    what: 'variables that must be set, from a file of another name',
    files: { 'compose.yml': app('    hostname: "${NAME:?say who you are}"\n'), 'prod.env': 'NAME=prod\n' },
    properties: { EnvFile: 'FOLDER/prod.env' },
    flags: ['--env-file', 'FOLDER/prod.env'],
    change: { 'prod.env': 'NAME=other\n' },
    service: 'app',
  },
  {
    what: 'depends_on with all three conditions',
    files: {
      'compose.yml': app(`    depends_on:
      db: {condition: service_healthy}
      cache: {condition: service_started}
      migrate: {condition: service_completed_successfully}
  db:
    image: IMAGE
    command: [sh, -c, 'sleep 1; touch /ready; exec sleep 1000']
    init: true
    healthcheck: {test: [CMD, test, -f, /ready], interval: 300ms, start_period: 1s}
  cache: {image: IMAGE, init: true, command: sleep 1000}
  migrate: {image: IMAGE, command: [sh, -c, 'exit 0'], depends_on: {db: {condition: service_healthy}}}
`),
    },
    change: {
      'compose.yml': app('    depends_on: [cache]\n  cache: {image: IMAGE, init: true, command: sleep 1000}\n', 2),
    },
    service: 'app',
    sides: ['cache', 'db', 'migrate'],
  },
  {
    what: 'a healthcheck of its own',
    files: { 'compose.yml': app('    healthcheck: {test: "test -d /tmp || true", interval: 500ms, retries: 2}\n') },
    change: { 'compose.yml': app('    healthcheck: {disable: true}\n') },
    service: 'app',
  },
  {
    what: 'named and anonymous volumes, binds and tmpfs',
    files: {
      'compose.yml': app(`    volumes:
      - data:/data
      - /anonymous
      - ./conf:/conf:ro
      - {type: bind, source: ./conf/app.conf, target: /app.conf}
      - {type: tmpfs, target: /scratch, tmpfs: {size: 1mb}}
    tmpfs: [/run]
volumes: {data: {labels: {of: app}}}
`),
      'conf/app.conf': 'x\n',
    },
    change: { 'compose.yml': app('    volumes: [data:/elsewhere]\nvolumes: {data: {}}\n', 2) },
    service: 'app',
  },
  {
    what: 'external networks and volumes, and several networks with aliases',
    files: {
      'compose.yml': app(`    networks: {outside: {aliases: [web]}, back: {}}
    volumes: [shared:/shared]
networks:
  outside: {external: true, name: PROJECT-outside}
  back: {driver: bridge, internal: true}
volumes: {shared: {external: true, name: PROJECT-shared}}
`),
    },
    external: { networks: ['PROJECT-outside'], volumes: ['PROJECT-shared'] },
    change: { 'compose.yml': app('    networks: [back]\nnetworks: {back: {internal: true}}\n', 2) },
    service: 'app',
  },
  {
    what: 'a section that builds the image, with arguments',
    files: {
      'compose.yml': `
services:
  app:
    build: {context: ./image, args: {GREETING: hello}}
    command: ${waits}
`,
      'image/Dockerfile': 'FROM IMAGE\nARG GREETING\nENV GREETING=$GREETING\nRUN echo one > /version\n',
    },
    properties: { Build: 'always' },
    change: { 'image/Dockerfile': 'FROM IMAGE\nRUN echo two > /version\n' },
    service: 'app',
  },
  {
    what: 'several files, merged',
    files: {
      'compose.yml': app('    ports: ["80"]\n    labels: {who: base, base: kept}\n'),
      'compose.prod.yml': `
services:
  app:
    ports: ["127.0.0.1::81", "53/udp"]
    environment: {PROD: "yes"}
    labels: {who: prod}
    restart: on-failure:3
`,
    },
    properties: { Files: ['FOLDER/compose.yml', 'FOLDER/compose.prod.yml'] },
    flags: ['--file', 'FOLDER/compose.prod.yml'],
    change: { 'compose.prod.yml': 'services: {app: {environment: {PROD: "no"}}}\n' },
    service: 'app',
  },
  {
    what: 'the network of another service, and its volumes',
    files: {
      'compose.yml': app(`    network_mode: "service:base"
    volumes_from: ["base:ro"]
  base: {image: IMAGE, init: true, command: sleep 1000, volumes: [/base]}
`),
    },
    change: {
      'compose.yml': app(
        `    network_mode: "service:base"
    volumes_from: ["base:ro"]
  base: {image: IMAGE, init: true, command: sleep 1000, volumes: [/base]}
`,
        2,
      ),
    },
    service: 'app',
    sides: ['base'],
  },
  {
    what: 'limits, capabilities, users and all that: deploy, ulimits, sysctls, devices',
    files: {
      'compose.yml': app(`    user: "65534:65534"
    working_dir: /tmp
    cap_drop: [ALL]
    cap_add: [NET_BIND_SERVICE]
    read_only: true
    security_opt: [no-new-privileges:true]
    ulimits: {nofile: {soft: 1024, hard: 2048}, nproc: 100}
    sysctls: {net.core.somaxconn: 1024}
    extra_hosts: ["somewhere:10.0.0.1"]
    dns: [10.0.0.2]
    shm_size: 32m
    stop_grace_period: 3s
    stop_signal: SIGTERM
    mem_reservation: 16m
    devices: ["/dev/null:/dev/nothing:r"]
    group_add: ["1000"]
    deploy:
      replicas: 3
      resources: {limits: {memory: 64M, cpus: "0.5", pids: 50}}
      update_config: {parallelism: 2}
`),
    },
    change: { 'compose.yml': app('    deploy: {replicas: 2, resources: {limits: {memory: 32M}}}\n') },
    service: 'app',
  },
  {
    what: 'a file of the old form: version, links, expose',
    files: {
      'docker-compose.yml': `
version: "2.4"
services:
  app: {image: IMAGE, command: ${waits}, links: ["db:database"], expose: ["8080"], environment: ["VERSION=1"]}
  db: {image: IMAGE, init: true, command: sleep 1000}
`,
    },
    change: {
      'docker-compose.yml': `
version: "2.4"
services:
  app: {image: IMAGE, command: ${waits}, links: ["db:database"], environment: ["VERSION=2"]}
  db: {image: IMAGE, init: true, command: sleep 1000}
`,
    },
    service: 'app',
    sides: ['db'],
  },
]
