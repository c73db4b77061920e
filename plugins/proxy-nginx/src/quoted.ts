/** A text as one word of nginx's configuration, and as a text of Lua within it. Nothing but what `safeFolder` lets pass comes here. */
export function quoted(text: string): string {
  return `"${text}"`
}
