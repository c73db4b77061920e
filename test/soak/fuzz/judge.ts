import { errorKinds } from '@infrakit/spi'
import type { Reply } from './http-replies.js'
import { invalidRequest, methodNotFound, parseError, type Expected } from './messages.js'
import type { FuzzRequest } from './requests.js'

const codes = new Set<unknown>([
  parseError,
  invalidRequest,
  methodNotFound,
  ...Object.values(errorKinds).map(({ code }) => code),
])

/** Texts that only a defect lets out. */
const slips = [/\n\s+at .*[\w)]:\d+/, /node_modules/, /node:internal/, /\\u0001number:[-\d]/, /\[object Object\]/]

/** The elements of a JSON list as they are written. */
export function elementsOf(text: string): string[] {
  const elements: string[] = []
  let depth = 0
  let from = 1
  for (let at = 0; at < text.length; at++) {
    const char = text[at]
    if (char === '"') {
      for (at++; at < text.length && text[at] !== '"'; at++) if (text[at] === '\\') at++
    } else if (char === '[' || char === '{') depth++
    else if (char === ']' || char === '}') depth--
    if ((char === ',' && depth === 1) || (char === ']' && depth === 0)) {
      const element = text.slice(from, at)
      if (element.trim() !== '') elements.push(element)
      from = at + 1
    }
  }
  return elements
}

function show(text: string): string {
  return text.length > 300 ? `${text.slice(0, 150)} ... ${text.slice(-150)}` : text
}

/** What is wrong with one answer, as JSON-RPC has it. */
function faultOf(text: string, expected: Expected | undefined): string | undefined {
  const answer = JSON.parse(text) as {
    jsonrpc?: unknown
    result?: unknown
    error?: { code?: unknown; message?: unknown }
  }
  if (typeof answer !== 'object' || answer === null || Array.isArray(answer)) return 'the answer is no object'
  const { jsonrpc, result, error } = answer
  if (jsonrpc !== '2.0') return 'the answer is not of version 2.0'
  if ((result === undefined) === (error === undefined)) return 'the answer has not either result or error'
  if (error !== undefined) {
    if (!codes.has(error.code)) return `the code ${String(error.code)} is not in the table`
    if (typeof error.message !== 'string' || error.message === '') return 'the error has no message'
    if (error.code === errorKinds.internal.code) return `a defect: ${error.message}`
  }
  if (!expected) return undefined
  if (!text.trimEnd().endsWith(`"id":${expected.id}}`)) return `the id is not ${show(expected.id)}`
  if (expected.code !== undefined && error?.code !== expected.code) return `the code is not ${expected.code}`
  return undefined
}

/** The id of an answer as it is written. Ours have it last; inside of a text the quotes would be escaped. */
function idOf(text: string): string {
  return text.slice(text.lastIndexOf('"id":') + 5, text.lastIndexOf('}'))
}

function faultOfBody(text: string, { body, expectation }: FuzzRequest): string | undefined {
  const slip = slips.find((pattern) => pattern.test(text) && !pattern.test(body.toString()))
  if (slip) return `the answer has ${String(slip)} in it`
  if (expectation.answer === 'none') return text === '' ? undefined : 'a notification was answered'
  if (expectation.answer === 'some') {
    if (text === '') return undefined
    const answers = text.startsWith('[') ? elementsOf(text) : [text]
    const invented = answers.map(idOf).find((id) => id !== 'null' && !body.includes(id))
    if (invented !== undefined) return `the id ${invented} is invented`
    return answers.map((each) => faultOf(each, undefined)).find((fault) => fault !== undefined)
  }
  if (text === '') return 'there is no answer'
  if (expectation.answer === 'one') return faultOf(text, expectation.expected)
  const answers = elementsOf(text)
  const { expected } = expectation
  if (!text.startsWith('[')) return 'a batch was not answered with a list'
  if (answers.length !== expected.length) return `${answers.length} answers to ${expected.length} calls`
  return answers.map((each, at) => faultOf(each, expected[at])).find((fault) => fault !== undefined)
}

/** What is wrong with the answer to a request, or `undefined`. */
export function problemWith({ status, body }: Reply, request: FuzzRequest, maxBodyBytes: number): string | undefined {
  const text = body.toString('utf8')
  const wanted = request.body.length > maxBodyBytes ? 413 : 200
  let problem = status === wanted ? undefined : `HTTP ${status} instead of ${wanted}`
  try {
    if (!problem && status === 200) problem = faultOfBody(text, request)
  } catch (error) {
    problem = `the answer is not JSON: ${String(error)}`
  }
  return problem && `${problem}\n  request: ${show(request.body.toString())}\n  answer: ${show(text)}`
}
