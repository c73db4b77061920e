import { setTimeout as sleep } from 'node:timers/promises'
import { listNodes, listTasks, type SwarmNode, type Task } from '@infrakit/docker'
import { ownerLabel } from './labels.js'
import type { Managers } from './managers.js'
import type { Nodes } from './picture.js'

/** Tasks of the plugin's services, by service, and the nodes of the swarm, at one moment. */
export interface Look {
  readonly nodes: Nodes
  of(serviceID: string): readonly Task[]
}

export interface WatchOptions {
  readonly managers: Managers
  /** Whose services are watched. */
  readonly owner: string
  /** Called when something is not what it was. */
  readonly onChange: (message: string) => void
  readonly signal: AbortSignal
}

/** How often tasks are looked at: a swarm tells of none of their changes. */
const [idleMs, awaitedMs] = [1000, 100]

function group(tasks: readonly Task[]): Map<string, Task[]> {
  const by = new Map<string, Task[]>()
  for (const task of tasks) by.set(task.serviceID, [...(by.get(task.serviceID) ?? []), task])
  return by
}

/** What counts as a change. */
function signature(tasks: readonly Task[], nodes: readonly SwarmNode[]): string {
  const ofTasks = tasks.map(({ id, state, desiredState, nodeID }) => `${id} ${state} ${desiredState} ${nodeID}`)
  const ofNodes = nodes.map(({ id, state, availability }) => `${id} ${state} ${availability}`)
  return [...ofTasks.sort(), ...ofNodes.sort()].join('\n')
}

/** Looks at tasks again and again: seldom, and often while somebody waits for something. One look serves all who wait. */
export class Watch {
  readonly #waiting = new Set<(look: Look) => void>()
  #wake = new AbortController()
  #last: string | undefined

  constructor(private readonly options: WatchOptions) {}

  /** Looks until the plugin ends. A look that fails is made again. */
  async run(): Promise<void> {
    const { signal } = this.options
    while (!signal.aborted) {
      const look = await this.look().catch(() => undefined)
      if (look) for (const tell of [...this.#waiting]) tell(look)
      else this.#last = undefined
      const pause = this.#waiting.size > 0 ? awaitedMs : idleMs
      await sleep(pause, undefined, { signal: AbortSignal.any([signal, this.#wake.signal]), ref: false }).catch(
        () => undefined,
      )
      if (this.#wake.signal.aborted) this.#wake = new AbortController()
    }
  }

  /** Something has happened: look soon. */
  nudge(): void {
    this.#wake.abort()
  }

  /** How things are now. Throws what asking the managers does. */
  async look(): Promise<Look> {
    const { managers, owner, onChange } = this.options
    const { tasks, nodes } = await managers.ask(async (engine, call) => {
      const [tasks, nodes] = await Promise.all([
        listTasks(engine, { labels: { [ownerLabel]: owner } }, call),
        listNodes(engine, {}, call),
      ])
      return { tasks, nodes }
    })
    const now = signature(tasks, nodes)
    const before = this.#last
    this.#last = now
    if (before !== now) onChange(before === undefined ? 'look at everything' : 'tasks or nodes have changed')
    const by = group(tasks)
    return { nodes: new Map(nodes.map((node) => [node.id, node])), of: (id) => by.get(id) ?? [] }
  }

  /**
   * Waits until what is looked for is there, and answers it; `undefined` when the time is over. What `find` throws ends the
   * waiting; a swarm that cannot be asked meanwhile does not.
   */
  until<T>(find: (look: Look) => T | undefined, timeoutMs: number): Promise<T | undefined> {
    return new Promise((resolve, reject) => {
      const end = () => {
        clearTimeout(timer)
        this.#waiting.delete(tell)
      }
      const tell = (look: Look) => {
        try {
          const found = find(look)
          if (found === undefined) return
          end()
          resolve(found)
        } catch (error) {
          end()
          reject(error as Error)
        }
      }
      const timer = setTimeout(() => {
        end()
        resolve(undefined)
      }, timeoutMs)
      this.#waiting.add(tell)
      this.nudge()
    })
  }
}
