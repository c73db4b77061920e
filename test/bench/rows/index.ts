import type { Row } from '../row.js'
import { converge, convergeMany } from './converge.js'
import { heal } from './heal.js'
import { roll } from './roll.js'

/** In the order of the table. */
export const rows: readonly Row[] = [heal, converge, convergeMany, roll]
