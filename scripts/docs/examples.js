const markers = /(<!-- examples -->\n)[\s\S]*?(<!-- \/examples -->)/

/**
 * Puts the examples of plugins between the markers of a page, each as it is in its file.
 *
 * @param {string} page
 * @param {readonly {plugin: string, text: string}[]} examples
 */
export function withExamples(page, examples) {
  const blocks = examples.map(({ plugin, text }) => `### ${plugin}\n\n\`\`\`yaml\n${text.trimEnd()}\n\`\`\`\n`)
  return page.replace(markers, (_, begin, end) => `${begin}\n${blocks.join('\n')}\n${end}`)
}
