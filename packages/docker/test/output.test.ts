import t from 'tap'
import { createDemux, createTail, linesOf, type Chunk } from '../src/output.js'

function frame(stream: number, text: string): Buffer {
  const header = Buffer.alloc(8)
  header.writeUInt8(stream, 0)
  header.writeUInt32BE(Buffer.byteLength(text), 4)
  return Buffer.concat([header, Buffer.from(text)])
}

t.test('frames are taken apart in whatever pieces they come', async (t) => {
  const bytes = Buffer.concat([frame(1, 'out'), frame(2, 'err'), frame(1, ''), frame(1, 'ü')])
  for (let size = 1; size <= bytes.length; size++) {
    const chunks: Chunk[] = []
    const demux = createDemux((chunk) => chunks.push(chunk))
    for (let at = 0; at < bytes.length; at += size) demux(bytes.subarray(at, at + size))
    const text = (stream: string) => Buffer.concat(chunks.filter((one) => one.stream === stream).map((one) => one.data))
    t.same([String(text('stdout')), String(text('stderr'))], ['outü', 'err'], `pieces of ${size}`)
  }
})

t.test('a tail keeps the end', async (t) => {
  const tail = createTail(10)
  t.same([tail.text(), tail.cut], ['', false])
  tail.add(Buffer.from('0123456789'))
  t.same([tail.text(), tail.cut], ['0123456789', false])
  tail.add(Buffer.from('ab'))
  t.same([tail.text(), tail.cut], ['23456789ab', true])
  for (let n = 0; n < 1000; n++) tail.add(Buffer.from(`${n % 10}`))
  t.same([tail.text(), tail.cut], ['0123456789', true])
})

t.test('lines', async (t) => {
  t.same(linesOf(''), [])
  t.same(linesOf('a\n\nb\r\n'), ['a', '', 'b'])
  t.same(linesOf('a\nb'), ['a', 'b'])
})
