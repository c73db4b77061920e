import t from 'tap'
import { parseImageReference, pullParameters, type ImageReference } from '../src/image-reference.js'

const digest = `sha256:${'a'.repeat(64)}`

t.test('names of images', async (t) => {
  const cases: [text: string, expected: Partial<ImageReference>][] = [
    ['nginx', { registry: 'docker.io', repository: 'library/nginx', tag: 'latest' }],
    ['nginx:1.27', { registry: 'docker.io', repository: 'library/nginx', tag: '1.27' }],
    ['me/app', { registry: 'docker.io', repository: 'me/app', tag: 'latest' }],
    ['docker.io/nginx', { registry: 'docker.io', repository: 'library/nginx' }],
    ['index.docker.io/me/app', { registry: 'docker.io', repository: 'me/app' }],
    ['localhost/app', { registry: 'localhost', repository: 'app' }],
    ['127.0.0.1:5000/a/b/c:1', { registry: '127.0.0.1:5000', repository: 'a/b/c', tag: '1' }],
    ['ghcr.io/me/app_x-y.z:v1_2', { registry: 'ghcr.io', repository: 'me/app_x-y.z', tag: 'v1_2' }],
    [`nginx@${digest}`, { repository: 'library/nginx', tag: undefined, digest }],
    [`host:1/nginx:1@${digest}`, { registry: 'host:1', tag: '1', digest }],
  ]
  for (const [text, expected] of cases) t.match(parseImageReference(text), expected, text)
})

t.test('what is no name', async (t) => {
  for (const text of [
    '',
    ' ',
    'a b',
    'UPPER',
    ':1',
    'a:',
    'a@sha256:1',
    '-a',
    'a//b',
    'a/',
    'http://host/a',
    '../a',
    'a?b=c',
  ]) {
    t.throws(() => parseImageReference(text), { kind: 'input', message: /is no name of an image/ }, text)
  }
  t.throws(() => parseImageReference('App'), { message: /App/, hint: /lower case/ })
})

t.test('a digest is pulled rather than the tag beside it', async (t) => {
  t.same(pullParameters(parseImageReference('nginx')), { fromImage: 'docker.io/library/nginx', tag: 'latest' })
  t.same(pullParameters(parseImageReference(`a.b/c:1@${digest}`)), { fromImage: 'a.b/c', tag: digest })
})
