/** Removes everything that was compiled; the next build starts from nothing. */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { projects } from './setup/sources.js'

const root = fileURLToPath(new URL('..', import.meta.url))

for (const project of projects(root)) rmSync(join(project, 'dist'), { recursive: true, force: true })
rmSync(join(root, 'node_modules', '.cache', 'infrakit'), { recursive: true, force: true })
