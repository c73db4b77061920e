import { kindOf, type InfrakitError } from '@infrakit/spi'
import t from 'tap'
import { parseTemplate, renderTemplate } from '../src/template.js'

const values = { LogicalID: '10.0.0.1', Group: 'web', Sequence: 3, Tags: { tier: 'front', größe: 'xl' } }

function refusal(source: string): InfrakitError {
  try {
    renderTemplate(parseTemplate(source), values)
  } catch (error) {
    return error as InfrakitError
  }
  throw new Error(`was accepted: ${source}`)
}

t.test('renders', (t) => {
  const cases: [string, string, string][] = [
    ['text without actions', 'a } }} { b\n', 'a } }} { b\n'],
    ['nothing', '', ''],
    ['LogicalID', 'id={{ .LogicalID }};', 'id=10.0.0.1;'],
    ['an action without spaces', '{{.Group}}', 'web'],
    ['Sequence', '{{ .Sequence }}', '3'],
    ['a tag', '{{ .Tags.tier }}', 'front'],
    ['a tag with letters of any language', '{{ .Tags.größe }}', 'xl'],
    ['actions side by side', '{{ .Group }}{{ .Sequence }}', 'web3'],
    ['a value beside a brace', '${{{ .Group }}}'.replace('{{{', '{ {{'), '${ web}'],
    ['a comment as nothing', 'a{{/* b }} c */}}d', 'ad'],
    ['a comment over lines', 'a\n{{/* b\nc */}}\nd', 'a\n\nd'],
    ['a trim marker on the left', 'a \n\t{{- .Group }} b', 'aweb b'],
    ['a trim marker on the right', 'a {{ .Group -}}\r\n  b', 'a webb'],
    ['trim markers on both sides', 'a {{- .Group -}} b', 'awebb'],
    ['a comment with trim markers', 'a {{- /* c */ -}} b', 'ab'],
    ['no trimming of other white space', 'a\u00a0{{- .Group }}', 'a\u00a0web'],
    ['a text of white space between two markers', '{{ .Group -}} {{- .Group }}', 'webweb'],
  ]
  for (const [name, source, expected] of cases) t.equal(renderTemplate(parseTemplate(source), values), expected, name)
  t.end()
})

t.test('a value is not rendered again', (t) => {
  t.equal(renderTemplate(parseTemplate('{{ .Group }}'), { Group: '{{ .LogicalID }}' }), '{{ .LogicalID }}')
  t.end()
})

t.test('sequence 0 is a value', (t) => {
  t.equal(renderTemplate(parseTemplate('{{ .Sequence }}'), { Sequence: 0 }), '0')
  t.end()
})

t.test('refuses', (t) => {
  const cases: [string, string, string][] = [
    ['a range', 'a\nb {{ range .X }}', 'line 2: {{ range .X }} is not supported'],
    ['a function', '{{ include "x" }}', 'line 1: {{ include "x" }} is not supported'],
    ['a variable', '{{ $x }}', 'line 1: {{ $x }} is not supported'],
    ['a string constant', '{{ "x" }}', 'line 1: {{ "x" }} is not supported'],
    ['an unknown field', '{{ .Logicalid }}', 'line 1: {{ .Logicalid }} is not supported'],
    ['all tags at once', '{{ .Tags }}', 'line 1: {{ .Tags }} is not supported'],
    ['a tag of a tag', '{{ .Tags.a.b }}', 'line 1: {{ .Tags.a.b }} is not supported'],
    ['an empty action', '{{ }}', 'line 1: {{ }} is not supported'],
    ['a pipeline', '{{ .Group | upper }}', 'line 1: {{ .Group | upper }} is not supported'],
    ['a trim marker without white space', '{{-.Group }}', 'line 1: {{-.Group }} is not supported'],
    ['text behind a comment', '{{/* a */ b }} {{/* c */}}', 'line 1: {{/* a */ b }} is not supported'],
    ['an action that does not end', '\n\n{{ .Group\nx', 'line 3: {{ .Group is not closed with }}'],
    ['a line counted behind comments over lines', '{{/*\n\n*/}}\n{{ x }}', 'line 4: {{ x }} is not supported'],
    ['a line counted where it was trimmed', 'a\n\n{{- .Group -}}\n\n{{ x }}', 'line 5: {{ x }} is not supported'],
    ['a tag that the instance lacks', 'a\n{{ .Tags.zone }}', 'line 2: {{ .Tags.zone }} has no value for this instance'],
    [
      'a name that every object has',
      '{{ .Tags.constructor }}',
      'line 1: {{ .Tags.constructor }} has no value for this instance',
    ],
  ]
  for (const [name, source, message] of cases) {
    const error = refusal(source)
    t.equal(error.message, message, name)
    t.equal(kindOf(error), 'input', name)
    t.match(error.hint, '.LogicalID', name)
  }
  t.end()
})

t.test('a value that is null is missing', (t) => {
  t.throws(() => renderTemplate(parseTemplate('{{ .LogicalID }}'), { LogicalID: null }), { message: /has no value/ })
  t.end()
})

t.test('a long action is cut in the message', (t) => {
  t.ok(refusal(`{{ ${'x'.repeat(500)} }}`).message.length < 120)
  t.end()
})

t.test('a large template of white space and actions is read', (t) => {
  const source = `${' '.repeat(100_000)}{{- .Group -}}\n`.repeat(10)
  t.equal(renderTemplate(parseTemplate(source), values), 'web'.repeat(10))
  t.end()
})
