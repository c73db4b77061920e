process.stderr.write(`started with ${JSON.stringify(process.env)}\n`)
