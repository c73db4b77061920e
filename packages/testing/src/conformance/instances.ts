import type { InstanceDescription, InstanceSpec, Tags } from '@infrakit/spi'
import { wordsOf, type Answer, type Caller } from './caller.js'
import { listOf, rowOf } from './json.js'
import { BrokenPromise, NotApplicable } from './promise.js'

/** The tag by which the suite knows what it made. */
export const ownTag = 'infrakit.verify'

/** How often it is tried to destroy what is left: one that is busy may refuse at first. */
const cleaningTurns = 3

export interface Made {
  readonly ID: string
  readonly spec: InstanceSpec
  /** The answer to the call that made it. */
  readonly answer: Answer
}

export interface Listing {
  readonly descriptions: readonly InstanceDescription[]
  readonly answer: Answer
}

/** Makes instances in a plugin, looks at them, and takes away what it made and nothing else. */
export class Instances {
  /** Instances that were there before; never touched, whatever the plugin says. */
  readonly #before = new Set<string>()
  readonly #made = new Set<string>()
  #sample: Promise<Made> | undefined

  constructor(
    readonly plugin: Caller,
    readonly properties: unknown,
    /** Value of the own tag; no other run has it. */
    readonly run: string,
  ) {}

  /** Remembers what is there. To be called before anything is made. */
  async remember(): Promise<void> {
    const { error, result } = await this.plugin.ask('Instance.DescribeInstances', { Tags: null, Properties: false })
    if (error === undefined) for (const id of idsOf(result.Descriptions)) this.#before.add(id)
  }

  /** A specification with the own tag, the properties that the plugin wants, and what is given. */
  spec(given: InstanceSpec = {}): InstanceSpec {
    const own = { [ownTag]: this.run }
    const base = { Properties: this.properties, Tags: null, Init: '', LogicalID: null, Attachments: null }
    return { ...base, ...given, Tags: { ...own, ...given.Tags } }
  }

  /** Provisions, and remembers what came of it; an error is an answer too. */
  async tryToMake(spec: InstanceSpec, cut?: AbortSignal): Promise<Answer> {
    const answer = await this.plugin.ask('Instance.Provision', { Spec: spec }, cut)
    const { ID } = answer.result
    if (typeof ID === 'string' && ID !== '' && !this.#before.has(ID)) this.#made.add(ID)
    return answer
  }

  /** Makes an instance for a check to look at. Throws NotApplicable when there is none: another promise is about that. */
  async make(given: InstanceSpec = {}): Promise<Made> {
    const spec = this.spec(given)
    const answer = await this.tryToMake(spec)
    const { ID } = answer.result
    if (answer.error === undefined && typeof ID === 'string' && ID !== '') return { ID, spec, answer }
    throw new NotApplicable(`the instance for it could not be made: ${wordsOf(answer)}`)
  }

  /** The IDs of all that was made so far, as far as it was told. */
  made(): ReadonlySet<string> {
    return new Set(this.#made)
  }

  /** One instance with plain tags for all checks that only look. */
  sample(): Promise<Made> {
    return (this.#sample ??= this.make({ Tags: { 'verify-role': 'sample' } }))
  }

  /** Lists the instances with all of these tags; without `tags` those of this run. */
  async list(tags: Tags | null = { [ownTag]: this.run }, properties = false): Promise<Listing> {
    const answer = await this.plugin.call('Instance.DescribeInstances', { Tags: tags, Properties: properties })
    return { descriptions: listOf(answer.result.Descriptions).map(rowOf) as never, answer }
  }

  /** The description of an instance that has to be there. Throws BrokenPromise. */
  async find(ID: string, properties = false): Promise<{ description: InstanceDescription; answer: Answer }> {
    const { descriptions, answer } = await this.list(undefined, properties)
    const description = descriptions.find((one) => one.ID === ID)
    if (description) return { description, answer }
    const got = `it is not among ${descriptions.length} instances with the tag ${ownTag}=${this.run}`
    throw new BrokenPromise(`instance ${ID} to be described`, got, [answer.exchange])
  }

  /** Destroys all that this run made. Gives the IDs of what is still there. */
  async cleanUp(): Promise<string[]> {
    this.plugin.cleaning = true
    for (let turn = 0; turn < cleaningTurns; turn++) {
      const there = await this.#own()
      if (there.length === 0) return []
      for (const Instance of there) await this.plugin.ask('Instance.Destroy', { Instance }).catch(() => undefined)
    }
    return this.#own()
  }

  /** What is there and either carries the own tag or was the answer to one of our calls. */
  async #own(): Promise<string[]> {
    const answers = [{ [ownTag]: this.run }, null].map((Tags) =>
      this.plugin.ask('Instance.DescribeInstances', { Tags, Properties: false }).catch(() => undefined),
    )
    const rows = (await Promise.all(answers)).flatMap((answer) => listOf(answer?.result.Descriptions).map(rowOf))
    const own = rows.filter(({ ID, Tags }) => rowOf(Tags)[ownTag] === this.run || this.#made.has(String(ID)))
    return [...new Set(own.map(({ ID }) => String(ID)))].filter((ID) => !this.#before.has(ID))
  }
}

function idsOf(descriptions: unknown): string[] {
  return listOf(descriptions).map((one) => String(rowOf(one).ID))
}
