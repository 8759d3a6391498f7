/** What keeps a conversation on its credential (decision D16). Pure. */

const textOf = (value: string | undefined): string | undefined => {
  if (value === undefined || value.trim() === "") return undefined
  return value.trim()
}

/** Whether a sub-agent asks, which is a conversation of its own. */
export const isSubAgent = (header: (name: string) => string | undefined): boolean =>
  textOf(header("x-claude-code-agent-id")) !== undefined

/** By the headers of a request, else by the user that its body names. */
export const conversationOf = (
  header: (name: string) => string | undefined,
  userId: string | undefined
): string | undefined => {
  const own = textOf(header("x-clawdbot-session"))
  if (own !== undefined) return own
  const session = textOf(header("x-claude-code-session-id"))
  if (session === undefined) return userId
  const agent = textOf(header("x-claude-code-agent-id"))
  if (agent === undefined) return session
  return `${session} ${agent}`
}
