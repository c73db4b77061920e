import {
  InfrakitError,
  type Deployment,
  type DeploymentNotification,
  type DeploymentPlan,
  type DeploymentReport,
  type DeploymentStarted,
  type DeployRequest,
  type MayWait,
} from '@infrakit/spi'
import { candidateOf, checked } from './candidate.js'
import { describeService, isRemoved, summarize } from './describe.js'
import type { Facts } from './facts.js'
import { linesOf } from './logbook.js'
import { keys } from './names.js'
import { firstEntry } from './first-entry.js'
import { planRelease, planRemoval, planRollback, planScale, planStopOld } from './plan.js'
import type { Ports } from './ports.js'
import { checkBasis, factsOf, readRecorded, type Recorded } from './read-facts.js'
import type { Journal, ServiceState } from './records.js'
import { refuseOther, unfinished } from './refusals.js'
import type { Run } from './run.js'
import type { Services } from './services.js'

interface Prepared {
  readonly facts: Facts
  readonly plan: DeploymentPlan
  readonly recorded: Recorded
  readonly notify: readonly DeploymentNotification[]
  readonly allowUnfenced: boolean
}

/** What people ask of services: plans, begins deployments, and tells of them. */
export class Deployments implements Deployment {
  /** Changes of one service, one after the other. */
  readonly #turns = new Map<string, Promise<unknown>>()

  constructor(
    private readonly ports: Ports,
    private readonly services: Services,
  ) {}

  async plan(request: DeployRequest): Promise<{ Plan: DeploymentPlan }> {
    return { Plan: (await this.#prepareRelease(request)).plan }
  }

  async deploy(request: DeployRequest & MayWait & { Plan?: DeploymentPlan | null }): Promise<DeploymentStarted> {
    return this.#begin(request.Spec.Service, request.WaitSeconds, async () => {
      const prepared = await this.#prepareRelease(request)
      if (request.Plan) refuseOther(request.Plan, prepared.plan)
      return prepared
    })
  }

  async describe({ Service }: { Service: string }) {
    const recorded = await this.#known(Service)
    const keeper = this.services.keeper(Service)
    const running = this.services.running(Service)?.report
    return { Description: await describeService(this.ports, Service, recorded, keeper, running) }
  }

  async list() {
    const { registry } = await this.ports.registry()
    const { Entries } = await registry.list({ Prefix: keys.all })
    const values = new Map(Entries.map(({ Key, Value }) => [Key, Value]))
    const names = [...new Set(Entries.map(({ Key }) => Key.slice(keys.all.length).split('/', 1)[0] ?? ''))]
    const read = <T>(key: string) => {
      const value = values.get(key)
      return value === undefined ? undefined : (this.ports.json.parse(value) as T)
    }
    const Services = names.flatMap((name) => {
      const [state, journal] = [read<ServiceState>(keys.state(name)), read<Journal>(keys.journal(name))]
      return isRemoved(state, journal) ? [] : [summarize(name, state, journal)]
    })
    return { Services }
  }

  async history({ Service }: { Service: string }) {
    await this.#known(Service)
    const { registry } = await this.ports.registry()
    const { Entries } = await registry.list({ Prefix: keys.histories(Service) })
    const ended = Entries.map(({ Value }) => this.ports.json.parse(Value) as DeploymentReport).reverse()
    const running = this.services.running(Service)?.report
    return { Deployments: running && !ended.some(({ ID }) => ID === running.ID) ? [running, ...ended] : ended }
  }

  async logs({ Service, ID }: { Service: string; ID?: string | null }) {
    const { journal } = await this.#known(Service)
    const wanted = ID ?? journal?.Report.ID
    const number = Number(new RegExp(`^${Service}-(\\d+)$`).exec(wanted ?? '')?.[1])
    const { registry } = await this.ports.registry()
    const { Entry } = Number.isNaN(number)
      ? { Entry: undefined }
      : await registry.get({ Key: keys.log(Service, number) })
    if (!Entry) {
      throw new InfrakitError('not-found', `nothing is kept of deployment '${wanted ?? ''}' of '${Service}'`, {
        hint: `infrakit deployment history ${Service} shows those that are`,
      })
    }
    return { ID: wanted ?? '', Lines: linesOf(Entry.Value) }
  }

  async promote({ Service }: { Service: string }): Promise<void> {
    const run = await this.#going(Service)
    const step = run.report?.Steps.find(({ State }) => State === 'running')
    if (!step?.Name.startsWith('watch ')) {
      throw new InfrakitError(
        'conflict',
        `nothing of '${Service}' waits to be promoted: it is at '${step?.Name ?? 'its end'}'`,
      )
    }
    await run.hear(({ Promoted = [], ...said }) => ({ ...said, Promoted: [...Promoted, step.Name] }))
  }

  async pause({ Service }: { Service: string }): Promise<void> {
    await (await this.#unrecorded(Service, 'paused')).hear((said) => ({ ...said, Paused: true }))
  }

  async resume({ Service }: { Service: string }): Promise<void> {
    await (await this.#going(Service)).hear((said) => ({ ...said, Paused: false }))
  }

  async abort({ Service, Reason }: { Service: string; Reason?: string | null }): Promise<void> {
    const Aborted = Reason ? `aborted: ${Reason}` : 'aborted'
    await (await this.#unrecorded(Service, 'aborted')).hear((said) => ({ ...said, Aborted }))
  }

  async rollback(
    request: { Service: string; Release?: number | null; Now?: boolean | null; Pretend?: boolean | null } & MayWait,
  ) {
    const { Service, Release, Now } = request
    return this.#change(request, (facts) => planRollback(facts, Release ?? undefined, Now ?? false), Service)
  }

  async scale(request: { Service: string; Scale: string; Pretend?: boolean | null } & MayWait) {
    return this.#change(request, (facts) => planScale(facts, request.Scale), request.Service)
  }

  async stopOld(request: { Service: string; Pretend?: boolean | null } & MayWait) {
    return this.#change(request, planStopOld, request.Service)
  }

  async remove(request: { Service: string; Pretend?: boolean | null } & MayWait) {
    return this.#change(request, planRemoval, request.Service)
  }

  async unlock({ Service }: { Service: string }): Promise<{ Owner?: string | null }> {
    const { journal } = await this.#known(Service)
    if (this.services.running(Service)) {
      throw new InfrakitError('conflict', `${this.#busy(Service)}, and its owner is well: ${this.services.owner}`, {
        hint: `infrakit deployment abort ${Service}`,
      })
    }
    if (!journal || journal.Direction === 'ended') return { Owner: null }
    await this.services.takeOver(Service)
    return { Owner: journal.Report.Owner }
  }

  async #prepareRelease({ Spec, Scale }: DeployRequest): Promise<Prepared> {
    const { $schema: _schema, ...spec } = Spec as DeployRequest['Spec'] & { $schema?: string }
    const recorded = await readRecorded(this.ports, spec.Service)
    const facts = await factsOf(this.ports, spec.Service, recorded, spec)
    const candidate = candidateOf(facts, spec, Scale ?? undefined)
    // What can be refused without asking anybody is refused first.
    planRelease(facts, candidate)
    const plan = planRelease(facts, await checked(this.ports, facts, candidate))
    return { facts, plan, recorded, notify: spec.Notify ?? [], allowUnfenced: spec.AllowUnfenced ?? false }
  }

  async #change(
    { Pretend, WaitSeconds }: MayWait & { Pretend?: boolean | null },
    make: (facts: Facts) => DeploymentPlan,
    service: string,
  ): Promise<{ ID?: string | null; Plan: DeploymentPlan }> {
    const prepare = async (): Promise<Prepared> => {
      const recorded = await this.#known(service)
      const facts = await factsOf(this.ports, service, recorded)
      const plan = make(facts)
      const spec = recorded.records.get(plan.Release)?.Spec
      return { facts, plan, recorded, notify: spec?.Notify ?? [], allowUnfenced: spec?.AllowUnfenced ?? false }
    }
    if (Pretend) return { ID: null, Plan: (await prepare()).plan }
    let prepared: Prepared | undefined
    const { ID } = await this.#begin(service, WaitSeconds, async () => (prepared = await prepare()))
    if (!prepared) throw new Error('begun without a plan')
    return { ID, Plan: prepared.plan }
  }

  /** Begins what is prepared, once no other deployment of the service goes on. */
  async #begin(
    service: string,
    wait: number | null | undefined,
    prepare: () => Promise<Prepared>,
  ): Promise<DeploymentStarted> {
    await this.#untilFree(service, wait ?? 0)
    return this.#inTurn(service, async () => {
      await this.#untilFree(service, 0)
      const prepared = await prepare()
      const { plan, recorded, notify, allowUnfenced } = prepared
      if (recorded.journal && recorded.journal.Direction !== 'ended') throw unfinished(recorded.journal)
      const LastRelease = Math.max(prepared.facts.lastRelease, plan.Release)
      const Began = this.ports.clock.date().toISOString()
      const { owner: Owner } = this.services
      const first = firstEntry(plan, recorded.journal, { LastRelease, Site: this.ports.site, Owner, Began })
      await this.services.begin(plan, first, () => checkBasis(this.ports, plan.Basis), { notify, allowUnfenced })
      return { ID: first.Report.ID, Release: plan.Release }
    })
  }

  async #untilFree(service: string, seconds: number): Promise<void> {
    const { clock } = this.ports
    const ended = new AbortController()
    const late = clock.sleep(seconds * 1000, ended.signal)
    for (let run = this.services.running(service); run; run = this.services.running(service)) {
      // It is seen to have ended before it has given up its lease.
      if (run.report?.Ended) {
        await run.ended
        continue
      }
      if (seconds === 0) throw this.#refusal(service)
      const freed = await Promise.race([run.ended.then(() => true), late.then(() => false)])
      if (!freed) throw this.#refusal(service)
    }
    ended.abort()
  }

  #refusal(service: string): InfrakitError {
    return new InfrakitError('conflict', this.#busy(service), {
      hint: `wait for it with --wait, see it with: infrakit deployment describe ${service}, or end it with: infrakit deployment abort ${service}`,
    })
  }

  /** Who does what since when. */
  #busy(service: string): string {
    const report = this.services.running(service)?.report
    if (!report) return `a deployment of '${service}' is beginning`
    const step = report.Steps.find(({ State }) => State === 'running' || State === 'undoing')
    const doing = step ? `, at '${step.Name}'` : ''
    return `${report.ID} (${report.Kind} of release ${report.Release}) goes on since ${report.Began}${doing}`
  }

  /** The deployment that goes on; one that nobody carries out is taken over for it. Throws `conflict` when there is none. */
  async #going(service: string): Promise<Run> {
    if (!this.services.running(service)) {
      const { journal } = await readRecorded(this.ports, service)
      const left = journal && journal.Direction !== 'ended' && !this.services.running(service)
      // Unless it was taken over by itself meanwhile.
      if (left) await this.services.takeOver(service).catch((error: unknown) => this.#unlessTaken(service, error))
    }
    await this.services.running(service)?.begun
    const run = this.services.running(service)
    if (run) return run
    throw new InfrakitError('conflict', `no deployment of '${service}' goes on here`, {
      hint: `infrakit deployment describe ${service}`,
    })
  }

  #unlessTaken(service: string, error: unknown): void {
    if (!this.services.running(service)) throw error
  }

  async #unrecorded(service: string, what: string): Promise<Run> {
    const run = await this.#going(service)
    if (!run.recorded) return run
    if (run.report?.Kind === 'remove') {
      throw new InfrakitError('conflict', `'${service}' is being removed: that cannot be ${what}`)
    }
    throw new InfrakitError(
      'conflict',
      `'${service}' has recorded release ${run.report?.Release}: it cannot be ${what}`,
      { hint: `once it has ended: infrakit deployment rollback ${service}` },
    )
  }

  async #known(service: string): Promise<Recorded> {
    const recorded = await readRecorded(this.ports, service)
    if (recorded.state || recorded.journal) return recorded
    throw new InfrakitError('not-found', `Service '${service}' was never deployed`, {
      hint: 'infrakit deployment ls shows the services that were',
    })
  }

  #inTurn<T>(service: string, work: () => Promise<T>): Promise<T> {
    const turn = (this.#turns.get(service) ?? Promise.resolve()).then(work, work)
    const settled = turn
      .catch(() => undefined)
      .finally(() => {
        if (this.#turns.get(service) === settled) this.#turns.delete(service)
      })
    this.#turns.set(service, settled)
    return turn
  }
}
