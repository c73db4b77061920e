import t from 'tap'
import { overSsh } from '../src/job.js'
import { judge } from '../src/describe.js'
import { readProperties } from '../src/properties.js'
import type { InstanceRecord } from '../src/record.js'
import { rubyText, vagrantfileFor } from '../src/vagrantfile.js'

t.test('the Vagrantfile of a box', async (t) => {
  const properties = readProperties({ Box: 'debian/bookworm64', CPUs: 4 })
  const pet = vagrantfileFor(properties, { id: 'infrakit-1', logicalId: '192.168.56.7', hasInit: true })
  t.match(pet, /config\.vm\.box = 'debian\/bookworm64'/)
  t.match(pet, /"private_network", ip: '192\.168\.56\.7'/)
  t.match(pet, /path: "boot\.sh"/)
  t.match(pet, /cpus = 4/)
  t.match(pet, /memory = 512/)
  const cattle = vagrantfileFor(properties, { id: 'infrakit-1', logicalId: null, hasInit: false })
  t.match(cattle, /type: "dhcp"/)
  t.notMatch(cattle, /boot\.sh/)
})

t.test('texts stay texts, in Ruby and in a shell', async (t) => {
  t.equal(rubyText(`a'b\\c#{d}`), `'a\\'b\\\\c#{d}'`)
  t.same(overSsh(['echo', "it's", '$HOME']), ['ssh', '--no-tty', '--command', `'echo' 'it'\\''s' '$HOME'`])
})

t.test('what Vagrant says, in the words of a group', async (t) => {
  const record = { Phase: 'running' } as InstanceRecord
  const machine = (state: string) => ({ name: 'default', provider: 'virtualbox', state, address: null })
  t.same(judge(record, [machine('running')]), {})
  t.same(judge({ ...record, Phase: 'stopped' }, [machine('running')]), { State: 'stopped' })
  t.match(judge(record, [machine('poweroff')]), { State: 'stopped', StateReason: /poweroff/ })
  t.match(judge(record, [machine('running'), machine('saved')]), { State: 'stopped', StateReason: /saved/ })
  t.match(judge(record, [machine('not_created')]), { State: 'failed' })
  t.match(judge(record, []), { State: 'failed' }, 'it was never made')
  t.equal(judge(record, [machine('unknown')]), undefined)
  t.equal(judge(record, { error: 'x' }), undefined)
  t.match(judge({ ...record, Phase: 'destroying' }, [machine('running')]), { State: 'failed' })
})
