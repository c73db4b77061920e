import { writeFile } from 'node:fs/promises'
import { InfrakitError, type DeploymentPlan, type DeploymentSpec } from '@infrakit/spi'
import { defineCommand } from '../../command.js'
import { patient } from '../../connect-named.js'
import type { Context } from '../../context.js'
import { connectDeployment } from '../../deployments/connect.js'
import { follow } from '../../deployments/follow.js'
import { planLines, withoutActions } from '../../deployments/lines.js'
import { parametersOf } from '../../deployments/parameters.js'
import { readDocument } from '../../files/documents.js'
import { answerAbout } from '../../files/source-error.js'
import { durationOption } from '../../option-values.js'

interface Options {
  readonly set?: string[]
  readonly scale?: string
  readonly strategy?: string
  readonly steps?: string
  readonly pause?: string
  readonly manual?: boolean
  readonly pretend?: boolean
  readonly out?: string
  readonly plan?: string
  readonly wait?: string
  readonly detach?: boolean
}

/** What a plan's file holds: the plan, and what it was made from. */
interface SavedPlan {
  readonly Request: { readonly Spec: DeploymentSpec; readonly Scale?: string | null }
  readonly Plan: DeploymentPlan
}

export const deploy = defineCommand<Options>({
  description: `Brings a release of a service into the world, as a JSON or YAML file describes it ('-' is standard input), and shows what is done
until it has ended: in the new state, or in exactly the one before. Status 0: the release is active; 1: it was taken back. With --plan
no file is needed.`,
  options: [
    { flags: '--set <name=value>', description: 'value of a parameter; can be given several times', repeat: true },
    { flags: '--scale <number>', description: 'instances: 5, or +2 or -1 of those in force' },
    { flags: '--strategy <type>', description: 'blue-green, canary, rolling or recreate' },
    { flags: '--steps <shares>', description: 'of a canary: 5%,25%' },
    {
      flags: '--pause <duration>',
      description: 'how long the new release is watched: a canary after each step, others with all requests',
    },
    { flags: '--manual', description: "where it is watched, wait for 'infrakit deployment promote'" },
    { flags: '--pretend', description: 'only tell what would be done' },
    { flags: '--out <file>', description: 'write the plan to a file, and do nothing' },
    {
      flags: '--plan <file>',
      description: 'do exactly what such a file says, or nothing when the service has changed',
    },
    { flags: '--wait <duration>', description: 'wait so long for a deployment of the service that goes on' },
    { flags: '--detach', description: 'return once it has begun' },
  ],
  examples: [
    'infrakit deploy shop.yml --set image=shop:2',
    'infrakit deploy shop.yml --set image=shop:3 --strategy canary --steps 5%,25% --pause 2m',
    'infrakit deploy shop.yml --out plan.json && infrakit deploy --plan plan.json',
  ],
  async run(context, [file], options) {
    const { source, saved } = await readRequest(file, options)
    const { name, deployment } = await connectDeployment(context)
    const { Request, Plan } = saved
    if (options.pretend || options.out) {
      const plan = Plan ?? (await answerAbout(source, deployment.plan(Request, patient))).Plan
      return options.out ? save(context, options.out, { Request, Plan: plan }) : printPlan(context, plan)
    }
    const WaitSeconds = Math.ceil((durationOption('--wait', options.wait) ?? 0) / 1000)
    const call = { timeout: (patient.timeout ?? 0) + WaitSeconds * 1000 }
    const request = { ...Request, WaitSeconds, Plan: Plan ?? null }
    const { ID, Release } = await answerAbout(source, deployment.deploy(request, call))
    const service = Request.Spec.Service
    if (!options.detach) return follow(context, { plugin: name, deployment, service, id: ID })
    if (context.json) return context.printJson({ ID, Release })
    context.print(`${ID} has begun: release ${Release} of ${service}`)
    context.note(`see it: infrakit deployment describe ${service}`)
  },
})

async function readRequest(
  file: string | undefined,
  options: Options,
): Promise<{ source: string; saved: Omit<SavedPlan, 'Plan'> & { Plan?: DeploymentPlan } }> {
  if (options.plan !== undefined) {
    if (file !== undefined)
      throw new InfrakitError('input', 'give a file or --plan, not both: the plan holds what it was made from')
    const { source, value } = await readDocument(options.plan)
    const saved = value as Partial<SavedPlan> | null
    if (!saved?.Plan || !saved.Request) {
      throw new InfrakitError('input', `${source}: this is not a plan`, {
        hint: 'infrakit deploy FILE --out plan.json makes one',
      })
    }
    return { source, saved: { Request: saved.Request, Plan: saved.Plan } }
  }
  if (file === undefined)
    throw new InfrakitError('input', 'give a file, or --plan', { hint: "see 'infrakit deploy --help'" })
  const { source, value } = await readDocument(file)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new InfrakitError('input', `${source}: expected an object that describes a service`)
  }
  return {
    source,
    saved: { Request: { Spec: withOptions(value as DeploymentSpec, source, options), Scale: options.scale ?? null } },
  }
}

/** The file's content with what the command line says otherwise. */
function withOptions(spec: DeploymentSpec, source: string, options: Options): DeploymentSpec {
  const { set, strategy, steps, pause, manual } = options
  const Parameters = set ? parametersOf(spec, source, set) : spec.Parameters
  const given = {
    ...(strategy === undefined ? {} : { Type: strategy }),
    ...(steps === undefined ? {} : { Steps: steps.split(',').map((step) => step.trim()) }),
    ...(pause === undefined ? {} : { Pause: pause }),
    ...(manual ? { Manual: true } : {}),
  }
  // Another strategy than the file's has nothing of the file's choices.
  const kept = strategy === undefined || spec.Strategy?.Type === strategy ? spec.Strategy : undefined
  const Strategy = Object.keys(given).length > 0 ? { ...kept, ...given } : spec.Strategy
  return {
    ...spec,
    ...(Parameters ? { Parameters } : {}),
    ...(Strategy ? { Strategy: Strategy as DeploymentSpec['Strategy'] } : {}),
  }
}

async function save(context: Context, path: string, saved: SavedPlan): Promise<void> {
  const { stringifyJson } = await import('@infrakit/rpc/client')
  // It holds the specification, and with it what may be secret.
  await writeFile(path, `${stringifyJson(saved, 2)}\n`, { mode: 0o600 })
  if (!context.quiet) for (const line of planLines(saved.Plan)) context.print(line)
  context.note(`written to ${path}; infrakit deploy --plan ${path} does it`)
}

async function printPlan(context: Context, plan: DeploymentPlan): Promise<void> {
  if (context.json) return context.printJson(withoutActions(plan))
  for (const line of planLines(plan)) context.print(line)
}
