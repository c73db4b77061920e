process.stderr.write('started\n')
