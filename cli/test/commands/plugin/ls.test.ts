import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { offer } from '@infrakit/rpc'
import { flavorInterface, instanceInterface } from '@infrakit/spi'
import { memoryFlavor, memoryInstance } from '@infrakit/testing'
import t from 'tap'
import { createWorld } from '../../support/infrakit.js'

t.test('plugin ls and info', async (t) => {
  const world = await createWorld(t)

  await t.test('no plugin', async (t) => {
    t.match(await world.infrakit(['plugin', 'ls']), {
      code: 0,
      stdout: /^Plugins:\nNAME {16}LISTEN\n$/,
      stderr: /no plugin is there/,
    })
    t.match(await world.infrakit(['plugin', 'ls', '-q']), { stdout: /^$/, stderr: /^$/ })
    t.match(await world.infrakit(['plugin', 'ls', '--json']), { stdout: /^\[\]\n$/, stderr: /^$/ })
  })

  await world.serve('instance-file', [offer(instanceInterface, memoryInstance().handlers)])
  await world.serve('flavor-vanilla', [offer(flavorInterface, memoryFlavor().handlers)])
  const listen = (name: string) => join(world.pluginsDir, name)

  await t.test('plugins by their sockets', async (t) => {
    const { stdout } = await world.infrakit(['plugin', 'ls'])
    t.equal(
      stdout,
      'Plugins:\nNAME                LISTEN\n' +
        `flavor-vanilla      ${listen('flavor-vanilla')}\ninstance-file       ${listen('instance-file')}\n`,
    )
    t.match(JSON.parse((await world.infrakit(['plugin', 'ls', '--json'])).stdout), [
      { name: 'flavor-vanilla', listen: listen('flavor-vanilla') },
      { name: 'instance-file' },
    ])
  })

  await t.test('--probe asks each of them', async (t) => {
    await writeFile(join(world.pluginsDir, 'gone.listen'), 'tcp://127.0.0.1:1\n')
    const { code, stdout } = await world.infrakit(['plugin', 'ls', '--probe'])
    t.equal(code, 0)
    t.match(stdout, /\ninstance-file .*Instance\/\d/)
    t.match(stdout, /\ngone +tcp:\/\/127\.0\.0\.1:1 +- \(/)
    const json = JSON.parse((await world.infrakit(['plugin', 'ls', '--probe', '--json'])).stdout) as { name: string }[]
    t.match(
      json.find(({ name }) => name === 'flavor-vanilla'),
      { interfaces: [/^Flavor\//], error: null },
    )
    t.match(
      json.find(({ name }) => name === 'gone'),
      { interfaces: null, error: String },
    )
  })

  await t.test('info', async (t) => {
    const { code, stdout } = await world.infrakit(['plugin', 'info', 'instance-file'])
    t.equal(code, 0)
    t.match(stdout, `Listen:    ${listen('instance-file')}\n`)
    t.match(stdout, 'Vendor:    test-instance-file 1.2.3\n')
    t.match(stdout, /\nInstance\/\S+ .*DescribeInstances, Destroy, Label, Provision, Validate\n/)
    t.match(JSON.parse((await world.infrakit(['plugin', 'info', 'instance-file', '--json'])).stdout), {
      name: 'instance-file',
      vendor: { Name: 'test-instance-file', Version: '1.2.3' },
      methods: ['Instance.DescribeInstances', 'Instance.Destroy', 'Instance.Label'],
    })
  })

  await t.test('info of no plugin', async (t) => {
    t.match(await world.infrakit(['plugin', 'info', 'instance-fil']), {
      code: 1,
      stderr: /^error: plugin not found:instance-fil\nhint: .*instance-file/,
    })
  })
})
