import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { foldersIn, needsVagrant, open, rejection } from './support.js'

t.test('a repeated key gives the same machine; many at once are made beside each other', needsVagrant, async (t) => {
  const { make, list, instance } = await open(t)
  const keyed = () => make({ Tags: { 'infrakit.provision': `key of ${process.pid}` } })
  const [one, same, other] = await Promise.all([keyed(), keyed(), make()])
  t.equal(one, same)
  t.equal(await keyed(), one)
  t.same((await list()).map(({ ID }) => ID).sort(), [one, other].sort())
  await Promise.all([one, other].map((Instance) => instance.destroy({ Instance: Instance ?? '' })))
  t.same(await list(), [])
})

t.test('what Vagrant refuses is told in its words, and leaves nothing', needsVagrant, async (t) => {
  const { instance, list, dir, resolve } = await open(t)
  writeFileSync(join(dir, 'broken.rb'), 'Vagrant.configure("2") do |config|\n  config.vm.no_such = 1\nend\n')
  const make = (Properties: object) => rejection(instance.provision({ Spec: { Properties } }))
  t.match(await make({ Vagrantfile: 'broken.rb', Provider: 'docker' }), {
    kind: 'plugin-failed',
    message: /vagrant up of infrakit-\w+ failed .*no_such/s,
  })
  t.match(await make({ Vagrantfile: 'none.rb' }), { kind: 'input', path: 'Properties.Vagrantfile' })
  t.match(await make({ Box: 'a', Vagrantfile: 'b' }), { kind: 'input', message: /either a Box or a Vagrantfile/ })
  t.match(await make({ Box: 'a', Memry: 1 }), { kind: 'input', message: /did you mean 'Memory'/ })
  t.same([await list(), foldersIn(dir)], [[], []])
  t.match(await resolve.resolve({ Properties: { Vagrantfile: 'broken.rb' } }), { Resolved: { Vagrantfile: /no_such/ } })
  t.match(await resolve.resolve({ Properties: { Box: 'a' } }), { Resolved: null })
})

t.test(
  'a machine whose state Vagrant cannot say is unknown, not gone; others are listed as they are',
  needsVagrant,
  async (t) => {
    const { make, list, dir, instance } = await open(t)
    const [id = '', other = ''] = await Promise.all([make(), make()])
    const file = join(dir, id, 'Vagrantfile')
    const right = readFileSync(file, 'utf8')
    writeFileSync(file, 'Vagrant.configure("2") do |config|\n')
    const byId = async () => new Map((await list()).map((one) => [one.ID, one]))
    const during = await byId()
    t.match(during.get(id), { State: undefined, StateReason: /Vagrant cannot say in which state it is: .*Vagrantfile/ })
    t.match(during.get(other), { State: undefined, StateReason: undefined })
    writeFileSync(file, right)
    t.match((await byId()).get(id), { State: undefined, StateReason: undefined })
    await Promise.all([id, other].map((Instance) => instance.destroy({ Instance })))
  },
)
