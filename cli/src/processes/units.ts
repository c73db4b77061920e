import { realpathSync } from 'node:fs'
import type { Launch } from './record.js'

/** What a unit needs to know beside how the plugin is run. */
export interface UnitSettings {
  readonly home: string
  /** The Node that runs ours: systemd's PATH rarely has it. */
  readonly node: string
  /** The user whose service it becomes; without one it is a unit of the user's own manager. */
  readonly user?: string | undefined
}

/** A systemd unit that runs a plugin and keeps it running. */
export function systemdUnit(launch: Launch, settings: UnitSettings): string {
  const command = commandLine(launch, settings.node).map(quote).join(' ')
  return [
    `# ${unitName(launch.name)}`,
    '[Unit]',
    `Description=InfraKit plugin ${escapePercent(launch.name)}`,
    'StartLimitIntervalSec=0',
    '',
    '[Service]',
    'Type=simple',
    `ExecStart=${command}`,
    `WorkingDirectory=${escapePercent(launch.cwd)}`,
    `Environment=${quote(`INFRAKIT_HOME=${settings.home}`)} ${quote(`INFRAKIT_PLUGINS_DIR=${launch.pluginsDir}`)}`,
    ...(settings.user === undefined ? [] : [`User=${settings.user}`]),
    'Restart=always',
    'RestartSec=1',
    // What a plugin started (processes, containers) outlives it.
    'KillMode=process',
    'TimeoutStopSec=15',
    '',
    '[Install]',
    `WantedBy=${settings.user === undefined ? 'default.target' : 'multi-user.target'}`,
  ].join('\n')
}

export function unitName(name: string): string {
  return `infrakit-${name}.service`
}

function commandLine({ executable, args }: Launch, node: string): string[] {
  const file = realpathSync(executable)
  return /\.[cm]?js$/.test(file) ? [node, file, ...args] : [file, ...args]
}

/** As systemd reads a word: `%` and `$` are its own, quotes and backslashes are escaped. */
function quote(word: string): string {
  const escaped = escapePercent(word).replace(/\$/g, '$$$$').replace(/[\\"]/g, '\\$&').replace(/\n/g, '\\n')
  return /^[A-Za-z0-9@%+=:,./_-]+$/.test(escaped) ? escaped : `"${escaped}"`
}

function escapePercent(text: string): string {
  return text.replace(/%/g, '%%')
}
