import { docker } from './docker.js'

/** Of what the engine tells about a container, what tests look at. */
export interface Inspected {
  readonly Id: string
  readonly Name: string
  readonly Image: string
  readonly Config: Record<string, unknown> & {
    Labels: Record<string, string>
    Hostname: string
    Image: string
    Env: string[]
  }
  readonly HostConfig: Record<string, unknown>
  readonly State: { Status: string; Pid: number; ExitCode: number }
  readonly RestartCount: number
  readonly Mounts: { Type: string; Name?: string; Source: string; Destination: string; RW: boolean }[]
  readonly NetworkSettings: {
    Ports: Record<string, { HostIp: string; HostPort: string }[] | null>
    Networks: Record<string, Record<string, unknown> & { IPAddress: string; Aliases: string[] | null }>
  }
}

export function inspect(id: string): Inspected {
  return (JSON.parse(docker('inspect', id)) as Inspected[])[0] as Inspected
}

/** Containers that carry one of these labels with this value, whatever their state. */
export function containersWith(labels: readonly string[], value: string): string[] {
  const of = (label: string) => docker('ps', '-aq', '--filter', `label=${label}=${value}`).split('\n')
  return labels.flatMap(of).filter(Boolean)
}
