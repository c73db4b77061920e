import { parseArgs } from 'node:util'
import { messageOf } from '@infrakit/spi'
import type { Row } from './row.js'

export interface Arguments {
  readonly rows: readonly Row[]
  /** Of every row; else as many as the row says. */
  readonly rounds?: number
  readonly quick: boolean
  readonly json: boolean
}

/** What the command line asks for, or in words what is wrong with it. */
export function readArguments(argv: readonly string[], all: readonly Row[]): Arguments | string {
  let parsed
  try {
    parsed = parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: { json: { type: 'boolean' }, quick: { type: 'boolean' }, rounds: { type: 'string' } },
    })
  } catch (error) {
    return messageOf(error)
  }
  const { values, positionals } = parsed
  const stranger = positionals.find((part) => !all.some(({ name }) => name.includes(part)))
  if (stranger !== undefined)
    return `no row is called '${stranger}'; there are ${all.map(({ name }) => name).join(', ')}`
  const exact = (part: string) => all.some(({ name }) => name === part)
  const isMeant = (name: string) => (part: string) => (exact(part) ? name === part : name.includes(part))
  const rows = positionals.length === 0 ? all : all.filter(({ name }) => positionals.some(isMeant(name)))
  const rounds = values.rounds === undefined ? undefined : Number(values.rounds)
  if (rounds !== undefined && !(Number.isInteger(rounds) && rounds > 0)) {
    return `--rounds ${values.rounds}: expected a whole number from 1`
  }
  const { json = false, quick = false } = values
  return { rows, json, quick, ...(rounds === undefined ? {} : { rounds }) }
}
