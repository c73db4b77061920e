import t from 'tap'
import { literal, renameInTemplate, unliteral } from '../src/references.js'

const rename = (reference: string) =>
  reference.replace(/^(aws_instance|local|data\.aws_ami)\.web$/, '$1.instance-1-web')

t.test('references in expressions are renamed, and nothing else', async (t) => {
  const cases: [text: string, expected: string][] = [
    ['${aws_instance.web.id}', '${aws_instance.instance-1-web.id}'],
    ['${aws_instance.web[0].id} and ${local.web}', '${aws_instance.instance-1-web[0].id} and ${local.instance-1-web}'],
    ['${data.aws_ami.web.id}', '${data.aws_ami.instance-1-web.id}'],
    ['${upper("a ${local.web} \\" }")}', '${upper("a ${local.instance-1-web} \\" }")}'],
    ['${{ a = local.web, b = "}" }}', '${{ a = local.instance-1-web, b = "}" }}'],
    ['%{ if local.web }x%{ endif }', '%{ if local.instance-1-web }x%{ endif }'],
    ['aws_instance.web.id', 'aws_instance.web.id'],
    ['$${aws_instance.web.id}', '$${aws_instance.web.id}'],
    ['${"aws_instance.web"}', '${"aws_instance.web"}'],
    ['${my_aws_instance.web}', '${my_aws_instance.web}'],
    ['${aws_instance.web-2.id}', '${aws_instance.web-2.id}'],
    ['${module.aws_instance.web}', '${module.aws_instance.web}'],
    ['${unclosed', '${unclosed'],
  ]
  for (const [text, expected] of cases) t.equal(renameInTemplate(text, rename), expected, text)
})

t.test('a literal text comes back as it was', async (t) => {
  for (const text of ['', 'plain $ and %', '${a}', '$${a}', '$$${a}', '%{a}%%{b}', '${"$"}{', '$', '${']) {
    t.equal(unliteral(literal(text)), text, text)
  }
  t.equal(literal('100 % of $x'), '100 % of $x', 'what is no template stays readable')
})
