export interface Block {
  /** First word behind the fence, `''` when there is none. */
  readonly language: string
  readonly text: string
  /** Line of the opening fence, from 1. */
  readonly line: number
}

/** The fenced blocks of a Markdown page, in order. Throws for a fence that is never closed. */
export function readBlocks(markdown: string): Block[] {
  const blocks: Block[] = []
  let open: { fence: string; indent: number; language: string; line: number; lines: string[] } | undefined
  for (const [index, line] of markdown.split('\n').entries()) {
    const [, indent = '', fence = '', info = ''] = /^( *)(`{3,}|~{3,})(.*)$/.exec(line) ?? []
    if (!open) {
      if (fence)
        open = { fence, indent: indent.length, language: info.trim().split(/\s/)[0] ?? '', line: index + 1, lines: [] }
    } else if (fence.startsWith(open.fence) && info.trim() === '') {
      blocks.push({ language: open.language, text: `${open.lines.join('\n')}\n`, line: open.line })
      open = undefined
    } else {
      open.lines.push(line.slice(Math.min(open.indent, line.length - line.trimStart().length)))
    }
  }
  if (open) throw new Error(`the fence of line ${open.line} is never closed`)
  return blocks
}
