import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { rejection, temporaryFolder } from '@infrakit/testing'
import { needsDocker, testImage } from '@infrakit/testing/engine'
import t from 'tap'
import { serve, waits } from './support.js'

t.test('what the engine refuses: its reason in words, and nothing left', needsDocker, async (t) => {
  const { make, containers } = await serve(t)
  const image = testImage('busybox')
  const folder = await temporaryFolder(t)
  await writeFile(join(folder, 'file'), '')
  const cases: [what: string, properties: object, expected: object][] = [
    [
      'no such image here',
      { image: 'ik-none:1', pull_policy: 'never' },
      { kind: 'not-found', message: /there is no image ik-none:1/, hint: /pull.*"never"/ },
    ],
    [
      'no such registry',
      { image: '127.0.0.1:1/none:1' },
      {
        kind: 'unavailable',
        message: /cannot pull 127\.0\.0\.1:1\/none:1: .*refused/,
        hint: /registry 127\.0\.0\.1:1 up/,
      },
    ],
    ['no such ID', { image: `sha256:${'0'.repeat(64)}` }, { kind: 'not-found', hint: /not by its ID/ }],
    ['no name of an image', { image: 'No Name' }, { kind: 'input', message: /'No Name' is no name of an image/ }],
    ['no such program', { command: ['nosuch'] }, { message: /"nosuch": executable file not found/ }],
    ['no program', { command: ['/tmp'] }, { message: /permission denied|is a directory/ }],
    ['no such folder', { working_dir: '/bin/sh' }, { message: /sh.*not a directory/ }],
    ['no such user', { user: 'nobody-here' }, { message: /nobody-here/ }],
    [
      'a folder of the host that is not there',
      { volumes: [`${folder}/none:/data`] },
      { message: /bind source path does not exist/ },
    ],
    ['a file where a folder is', { volumes: [`${folder}/file:/bin`] }, { message: /not a directory/ }],
    ['no such network', { networks: ['ik-none'] }, { kind: 'not-found', message: /network ik-none not found/ }],
    ['no such device', { devices: ['/dev/ik-none'] }, { message: /ik-none.*no such file/ }],
    ['no such log driver', { logging: { driver: 'ik-none' } }, { message: /ik-none/ }],
    ['too little memory', { mem_limit: '1k' }, { message: /[Mm]inimum memory limit/ }],
    ['no such address', { ports: ['203.0.113.7:0:80'] }, { message: /./ }],
    ['an address of nobody', { ports: ['203.0.113.7::80'] }, { message: /cannot assign requested address/ }],
  ]
  const started = cases.map(async ([what, properties, expected]) => {
    t.match(await rejection(make({ image, command: waits, network_mode: undefined, ...properties })), expected, what)
  })
  await Promise.all(started)
  t.same(containers(), [])
})

t.test('properties that cannot be: refused when they are committed, with the path', needsDocker, async (t) => {
  const { instance, containers } = await serve(t)
  const cases: [properties: unknown, expected: object][] = [
    [{}, { kind: 'input', path: 'Properties.image' }],
    [{ imag: 'x' }, { kind: 'input', message: /imag: unknown key, did you mean 'image'/ }],
    [
      { image: 'x', build: '.' },
      { kind: 'input', path: 'Properties.build', hint: /Build and tag the image first/ },
    ],
    [
      { image: 'x', networks: ['a'], network_mode: 'host' },
      { kind: 'input', path: 'Properties.network_mode' },
    ],
    [
      { image: 'x', ports: ['80:81:82:83'] },
      { kind: 'input', message: /ports/ },
    ],
    [
      { image: 'x', mem_limit: 'much' },
      { kind: 'input', message: /expected a size such as 64m/ },
    ],
    [
      { image: 'x', restart: 'maybe' },
      { kind: 'input', message: /expected no, always/ },
    ],
    [{ Config: {} }, { kind: 'input', path: 'Properties.Config.Image' }],
    [
      { Config: { Image: 'x' }, image: 'x' },
      { kind: 'input', message: /image/ },
    ],
    [null, { kind: 'input' }],
    ['text', { kind: 'input' }],
  ]
  for (const [Properties, expected] of cases) {
    const shown = JSON.stringify(Properties)
    t.match(await rejection(instance.validate({ Properties })), expected, shown)
    t.match(await rejection(instance.provision({ Spec: { Properties } })), { kind: 'input' }, shown)
  }
  t.same(containers(), [])
})
