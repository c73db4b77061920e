import type { DeploymentSpec } from '@infrakit/spi'
import t from 'tap'
import { parametersOf } from '../../src/deployments/parameters.js'

const group = { Instance: { Plugin: 'p', Properties: { image: '${image}', text: '$${image2} ${tag}' } } }
const spec = { Service: 'shop', Parameters: { image: 'shop:1', version: 2 }, Group: group } as unknown as DeploymentSpec

t.test('what is set stands above the file; what is only mentioned can be set too', async (t) => {
  t.same(parametersOf(spec, 'shop.yml', []), { image: 'shop:1', version: 2 })
  t.same(parametersOf(spec, 'shop.yml', ['image=shop:2', 'tag=a=b']), { image: 'shop:2', version: 2, tag: 'a=b' })
})

t.test('a name that the file does not have is refused', async (t) => {
  const refusal = (set: string, of = spec) => {
    try {
      return parametersOf(of, 'shop.yml', [set])
    } catch (error) {
      return error
    }
  }
  const mistyped = {
    kind: 'input',
    message: '--set imgae: no such parameter in shop.yml',
    hint: "did you mean 'image'?",
  }
  t.match(refusal('imgae=shop:2'), mistyped)
  t.match(refusal('colours=3'), { kind: 'input', hint: /^it has image, version, tag; add it to Parameters/ })
  t.match(refusal('image2=3'), { kind: 'input' }, 'a doubled dollar sign mentions nothing')
  const none = { Service: 'shop', Group: {} } as unknown as DeploymentSpec
  t.match(refusal('a=b', none), { hint: /^it has none/ })
  t.match(refusal('__proto__=b', none), { kind: 'input' })
})
