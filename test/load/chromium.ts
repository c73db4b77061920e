import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { temporaryFolder, type Teardown } from '@infrakit/testing'

/** A browser that opens a page, and ends with the test. */
export async function openPage(t: Teardown, url: string): Promise<void> {
  const folder = await temporaryFolder(t)
  const flags = ['--headless=new', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--no-first-run']
  const child = spawn('chromium', [...flags, `--user-data-dir=${folder}/profile`, url], {
    stdio: 'ignore',
    detached: true,
  })
  const exited = once(child, 'exit')
  t.teardown(async () => {
    // With all that it started.
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGKILL')
    await exited
  })
}
