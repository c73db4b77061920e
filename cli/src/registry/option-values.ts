import { InfrakitError, type LeaseToken } from '@infrakit/spi'
import { countOption, durationOption } from '../option-values.js'

/** The lease of an option such as `--lease shop/deploy=12`: its name and epoch. Throws `input`. */
export function leaseOption(text: string | undefined): LeaseToken | null {
  if (text === undefined) return null
  const [, Name, epoch] = /^(.+)=(\d{1,15})$/.exec(text) ?? []
  if (Name !== undefined) return { Name, Epoch: Number(epoch) }
  throw new InfrakitError('input', `--lease: expected NAME=EPOCH, got '${text}'`, {
    hint: "'infrakit registry acquire' and 'infrakit registry holder' print the epoch",
  })
}

/** Throws `input`. */
export function epochOperand(text: string | undefined): number {
  const epoch = countOption('epoch', text)
  if (epoch !== undefined && epoch > 0) return epoch
  throw new InfrakitError('input', `epoch: expected a number as 'infrakit registry acquire' prints it, got '${text}'`)
}

/** Seconds of an option such as `--ttl 30s`; `undefined` when not given. Throws `input`. */
export function secondsOption(flag: string, text: string | undefined): number | undefined {
  const ms = durationOption(flag, text)
  return ms === undefined ? undefined : ms / 1000
}
