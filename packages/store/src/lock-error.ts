import { StoreError } from './store-error.js'

/** The lock belongs to a process that lives. */
export class LockHeldError extends StoreError {
  override readonly name = 'LockHeldError'

  constructor(
    path: string,
    /** The process that has it. */
    readonly pid: number,
  ) {
    super(`${path} is locked by process ${pid}`, path, {
      hint: `Wait until process ${pid} has ended, or end it: kill ${pid}`,
    })
  }
}
