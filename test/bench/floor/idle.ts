/** Imports what it is told and does nothing. Arguments: names of modules. */
for (const name of process.argv.slice(2)) await import(name)
setInterval(() => undefined, 2 ** 30)
process.stdout.write('idle\n')
