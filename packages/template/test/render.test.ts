import { InfrakitError, kindOf } from '@infrakit/spi'
import t from 'tap'
import { parseTemplate, renderTemplate, type TemplateFunction } from '../src/index.js'

const vocabulary = {
  fields: ['LogicalID', 'Group', 'Sequence', 'Tags', 'Servers', 'Nothing'],
  functions: ['SPEC', 'fails', 'away'],
  known: '.LogicalID and more',
}
const values = {
  LogicalID: '10.0.0.1',
  Group: 'web',
  Sequence: 3,
  Tags: { tier: 'front', größe: 'xl' },
  Servers: ['a', 'b'],
}
const functions: Record<string, TemplateFunction> = {
  SPEC: () => ({ SwarmJoinIP: '10.0.0.1', Labels: ['a=b'] }),
  fails: () => {
    throw new Error('it was full')
  },
  away: () => {
    throw new InfrakitError('unavailable', 'nobody is there', { hint: 'wait' })
  },
}

function render(source: string, more: object = {}): string {
  return renderTemplate(parseTemplate(source, vocabulary), { ...values, ...more }, functions)
}

function refusal(source: string): InfrakitError {
  try {
    render(source)
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
  for (const [name, source, expected] of cases) t.equal(render(source), expected, name)
  t.end()
})

t.test('a value is not rendered again', (t) => {
  t.equal(render('{{ .Group }}', { Group: '{{ .LogicalID }}' }), '{{ .LogicalID }}')
  t.end()
})

t.test('sequence 0 is a value', (t) => {
  t.equal(render('{{ .Sequence }}', { Sequence: 0 }), '0')
  t.end()
})

t.test('as Go does', (t) => {
  const cases: [string, string, string][] = [
    ['a condition', '{{ if .Group }}a{{ else }}b{{ end }}', 'a'],
    ['a condition on what is not there', '{{ if .Nothing }}a{{ else }}b{{ end }}', 'b'],
    ['a chain of conditions', '{{ if eq .Sequence 1 }}1{{ else if eq .Sequence 3 }}3{{ else }}-{{ end }}', '3'],
    ['conditions in one another', '{{ if true }}{{ if false }}a{{ else }}b{{ end }}c{{ end }}', 'bc'],
    ['and, or, not', '{{ if and (eq .LogicalID SPEC.SwarmJoinIP) (not .Nothing) }}a{{ end }}', 'a'],
    ['and looks no further than it must', '{{ if and false fails }}a{{ else }}b{{ end }}', 'b'],
    ['or looks no further than it must', '{{ or .Group fails }}', 'web'],
    ['a field of a function', '{{ SPEC.SwarmJoinIP }}:2377', '10.0.0.1:2377'],
    ['a field of what is in parentheses', '{{ (SPEC).SwarmJoinIP }}', '10.0.0.1'],
    ['a range', '{{ range .Servers }}[{{ . }}]{{ end }}', '[a][b]'],
    [
      'a range with index and element',
      '{{ range $i, $s := .Servers }}server.{{ inc $i }}={{ $s }};{{ end }}',
      'server.1=a;server.2=b;',
    ],
    ['a range with an element', '{{ range $s := .Servers }}{{ $s }}{{ end }}', 'ab'],
    ['a range over keys, in order', '{{ range $k, $v := .Tags }}{{ $k }}={{ $v }} {{ end }}', 'größe=xl tier=front '],
    ['a range over nothing', '{{ range .Nothing }}a{{ else }}none{{ end }}', 'none'],
    ['the whole within a range', '{{ range .Servers }}{{ $.Group }}{{ end }}', 'webweb'],
    ['with', '{{ with .Tags }}{{ .tier }}{{ end }}{{ with .Nothing }}a{{ else }}-{{ end }}', 'front-'],
    ['with a variable', '{{ with $t := .Tags }}{{ $t.tier }}{{ end }}', 'front'],
    ['a variable', '{{ $x := .Group }}{{ $x }}{{ $x }}', 'webweb'],
    ['a variable that is set within a block', '{{ $x := 1 }}{{ if true }}{{ $x = 2 }}{{ end }}{{ $x }}', '2'],
    ['a variable of a block', '{{ $x := 1 }}{{ if true }}{{ $x := 2 }}{{ end }}{{ $x }}', '1'],
    ['a pipeline', '{{ .Group | printf "%s-%s" "a" | upper }}', 'A-WEB'],
    ['braces in a text', '{{ "}}" }}', '}}'],
    ['a raw text', '{{ `a"b` }}', 'a"b'],
    ['a text with escapes', '{{ "a\\tb" }}', 'a\tb'],
    ['eq with one of several', '{{ eq .Group "a" "web" }}', 'true'],
    ['an order', '{{ lt 1 2 }} {{ ge "b" "a" }}', 'true true'],
    ['len and index', '{{ len .Servers }} {{ index .Servers 1 }} {{ index .Tags "tier" }}', '2 b front'],
    ['negative numbers', '{{ -1 }} {{ 1.5 }}', '-1 1.5'],
  ]
  for (const [name, source, expected] of cases) t.equal(render(source), expected, name)
  t.end()
})

t.test("the original's functions", (t) => {
  const cases: [string, string, string][] = [
    ['jsonEncode', '{"labels": {{ SPEC.Labels | jsonEncode }}}', '{"labels": [\n  "a=b"\n]}'],
    ['to_json of nothing', '{{ to_json .Nothing }}', 'null'],
    ['to_json_format', '{{ to_json_format ">" " " .Servers }}', '[\n> "a",\n> "b"\n>]'],
    ['from_json', '{{ (from_json "{\\"a\\": [1, 2]}").a | len }}', '2'],
    ['lines', '{{ range lines "a\\nb" }}<{{ . }}>{{ end }}', '<a><b>'],
    ['index_of', '{{ index_of "b" .Servers }} {{ indexOf "z" .Servers }}', '1 -1'],
    ['default', '{{ default "x" .Nothing }}{{ default "x" .Group }}', 'xweb'],
    ['join', '{{ join "," .Servers }}', 'a,b'],
    ['quotes', `{{ quote "a" }} {{ squote "it's" }}`, `"a" 'it'\\''s'`],
    ['the others', '{{ trim " a " }}{{ lower "B" }}{{ add 1 2 3 }}{{ print "c" 4 }}', 'ab6c4'],
  ]
  for (const [name, source, expected] of cases) t.equal(render(source), expected, name)
  t.end()
})

t.test('refuses', (t) => {
  const cases: [string, string, string][] = [
    [
      'a function that is not there',
      'a\n{{ include "x" }}',
      'line 2: {{ include "x" }} is not supported: there is no function \'include\'',
    ],
    ['a variable that is not set', '{{ $x }}', 'line 1: {{ $x }} names a variable $x that is not set'],
    [
      'a variable behind its block',
      '{{ if true }}{{ $x := 1 }}{{ end }}{{ $x }}',
      'line 1: {{ $x }} names a variable $x that is not set',
    ],
    [
      'a field that is not there',
      '{{ .Logicalid }}',
      'line 1: {{ .Logicalid }} is not supported: there is no .Logicalid',
    ],
    [
      'it in a branch that may never be taken',
      '{{ if false }}{{ .Nope }}{{ end }}',
      'line 1: {{ .Nope }} is not supported: there is no .Nope',
    ],
    ['all tags at once', '{{ .Tags }}', 'line 1: {{ .Tags }} is no text'],
    ['a list', '{{ .Servers }}', 'line 1: {{ .Servers }} is no text'],
    ['an empty action', '{{ }}', 'line 1: {{ }} is not supported'],
    ['a trim marker without white space', '{{-.Group }}', 'line 1: {{-.Group }} is not supported'],
    ['text behind a comment', '{{/* a */ b }} {{/* c */}}', 'line 1: {{/* a */ b }} is not supported'],
    ['two values', '{{ .Group .LogicalID }}', 'line 1: {{ .Group .LogicalID }} is not supported'],
    [
      'a pipeline into a value',
      '{{ .Group | .LogicalID }}',
      'line 1: {{ .Group | .LogicalID }} hands a value to what is no function',
    ],
    ['an open parenthesis', '{{ (eq 1 1 }}', 'line 1: {{ (eq 1 1 }} has a ( without a )'],
    ['an unclosed text', '{{ "a }}', 'line 1: {{ "a }} is not supported'],
    ['an action that does not end', '\n\n{{ .Group\nx', 'line 3: {{ .Group is not closed with }}'],
    ['a block without its end', 'a\n{{ if .Group }}\nb', 'line 2: {{ if .Group }} has no {{ end }}'],
    ['an else without its end', '{{ if .Group }}{{ else }}b', 'line 1: {{ if .Group }} has no {{ end }}'],
    ['two elses', '{{ if .Group }}{{ else }}{{ else }}{{ end }}', 'line 1: {{ if .Group }} has no {{ end }}'],
    ['an end too many', 'a{{ end }}', 'line 1: {{ end }} belongs to nothing'],
    ['an end with something behind it', '{{ if .Group }}{{ end .Group }}', 'line 1: {{ end .Group }} is not supported'],
    ['templates in templates', '{{ define "x" }}{{ end }}', 'line 1: {{ define "x" }} is not supported'],
    ['a range over a text', '{{ range .Group }}{{ end }}', 'line 1: {{ range .Group }} has no elements'],
    [
      'an order of different things',
      '{{ lt 1 "a" }}',
      'line 1: {{ lt 1 "a" }} failed: only two numbers or two texts have an order',
    ],
    [
      'what is no JSON',
      '{{ from_json "s3cret" | len }}',
      'line 1: {{ from_json "s3cret" | len }} failed: expected JSON',
    ],
    [
      'a value too many for printf',
      '{{ printf "a" 1 }}',
      'line 1: {{ printf "a" 1 }} failed: there are more values than places',
    ],
    ['a value too few for printf', '{{ printf "%s" }}', 'line 1: {{ printf "%s" }} failed: cannot fill in %s'],
    ['what a function throws', '{{ fails }}', 'line 1: {{ fails }} failed: it was full'],
    [
      'a line counted behind comments over lines',
      '{{/*\n\n*/}}\n{{ .x }}',
      'line 4: {{ .x }} is not supported: there is no .x',
    ],
    [
      'a line counted where it was trimmed',
      'a\n\n{{- .Group -}}\n\n{{ .x }}',
      'line 5: {{ .x }} is not supported: there is no .x',
    ],
    ['a tag that the instance lacks', 'a\n{{ .Tags.zone }}', 'line 2: {{ .Tags.zone }} has no value for this instance'],
    ['a tag of a tag', '{{ .Tags.tier.b }}', 'line 1: {{ .Tags.tier.b }} has no value for this instance'],
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
  }
  t.match(refusal('{{ .Logicalid }}').hint, '.LogicalID')
  t.match(refusal('{{ .Tags.zone }}').hint, '.LogicalID')
  t.end()
})

t.test('what a function throws of another kind comes through', (t) => {
  t.match(refusal('{{ away.x }}'), { kind: 'unavailable', hint: 'wait', message: 'nobody is there' })
  t.end()
})

t.test('a value that is null is missing', (t) => {
  t.throws(() => render('{{ .LogicalID }}', { LogicalID: null }), { message: /has no value/ })
  t.end()
})

t.test('a long action is cut in the message', (t) => {
  t.ok(refusal(`{{ "${'x'.repeat(500)}" | .Group }}`).message.length < 130)
  t.end()
})

t.test('a large template of white space and actions is read', (t) => {
  const source = `${' '.repeat(100_000)}{{- .Group -}}\n`.repeat(10)
  t.equal(render(source), 'web'.repeat(10))
  t.end()
})
