import { deploymentInterface, type Deployment } from '@infrakit/spi'
import { nameOfOnly } from '../connect-only.js'
import type { Context } from '../context.js'

/** The deployment plugin that `--name` chose, or the only one that runs, and its name. */
export async function connectDeployment(context: Context): Promise<{ name: string; deployment: Deployment }> {
  const name = await nameOfOnly(context, deploymentInterface, 'deployment')
  return { name, deployment: await (await context.plugins()).get(deploymentInterface, name) }
}
