import { defineInterface, type Call } from './interface.js'

export interface Logs {
  /** An instance's last lines, oldest first, without line ends. `Lines` is at most how many (default 100). */
  tail(request: { Instance: string; Lines?: number | null }, call?: Call): Promise<{ Lines: string[] }>
}

export const logsInterface = defineInterface<Logs>({
  name: 'Logs',
  version: '0.1.0',
  address: 'Type',
  methods: {
    Tail: {
      mutates: false,
      example: { request: { Type: '', Instance: '', Lines: 100 }, response: { Type: '', Lines: [] } },
    },
  },
})
