/** What a person does about a login that is over. Pure; the commands work when they are pasted. */
import * as ProfileId from "../Profile/ProfileId.ts"
import { shellWord } from "../Text/shellWord.ts"

/**
 * Claude Code's login is renewed where it belongs and then taken over from there: storing what it
 * holds now would store the same dead pair again. Any other login gives way to a setup token.
 */
export const loginCure = (login: {
  readonly agent: string
  readonly profile: string
  readonly provider: string
}): string => {
  const agent = `--agent ${shellWord(login.agent)}`
  if (login.profile === ProfileId.claudeCode)
    return (
      "sign in with Claude Code (claude, then /login), then: " +
      `clawdbot models auth sync ${agent}`
    )
  return (
    `clawdbot models auth paste-token --provider ${shellWord(login.provider)} ${agent} ` +
    `--profile-id ${shellWord(login.profile)}`
  )
}
