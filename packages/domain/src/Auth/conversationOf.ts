/** What keeps a conversation on its credential (decision D16). Pure. */

const textOf = (value: string | undefined): string | undefined => {
  if (value === undefined || value.trim() === "") return undefined
  return value.trim()
}

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
