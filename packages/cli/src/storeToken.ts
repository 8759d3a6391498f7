/**
 * Stores a token or key that a person pasted, and says where it is (docs/command-line.md). Shared
 * by `paste-token` and `add`.
 */

import type { AgentId } from "@clawdbot/domain/Agent/AgentId"
import { StatePaths, shorten } from "@clawdbot/domain/Environment/StatePaths"
import * as ProfileId from "@clawdbot/domain/Profile/ProfileId"
import * as ProviderId from "@clawdbot/domain/Profile/ProviderId"
import { enrolmentTarget, pastedCredential } from "@clawdbot/domain/Profile/pastedCredential"
import * as Secret from "@clawdbot/domain/Profile/Secret"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type * as Redacted from "effect/Redacted"
import { endLines } from "./endOfCredential.ts"
import { enrolCredential } from "./enrolCredential.ts"
import { exit } from "./exit.ts"
import { type AskAgain, recognise } from "./recognise.ts"
import { shellWord, withProfile } from "./shownCommand.ts"
import { IoStreams } from "./terminal/IoStreams.ts"

/**
 * Checks the shape, stores, reads back, reports. `lifetimeMs`: how long from now it is good;
 * undefined where nobody knows.
 */
export const storeToken = Effect.fn("storeToken")(function* (what: {
  readonly agent: AgentId
  readonly provider: ProviderId.ProviderId
  /** The id that was named, if any was. */
  readonly profile: string | undefined
  /** Whether what the id holds is to be replaced, also where it was not named. */
  readonly replace: boolean
  readonly lifetimeMs: number | undefined
  readonly pasted: Redacted.Redacted
  /** Where a person pasted it, who can be asked again. */
  readonly askAgain: AskAgain | undefined
}) {
  const { agent, lifetimeMs, pasted, provider } = what
  const io = yield* IoStreams
  const paths = yield* StatePaths
  const { kind, secret } = yield* recognise(
    provider,
    provider === ProviderId.anthropic ? "API key or setup token" : "token",
    pasted,
    what.askAgain
  )
  const now = yield* Clock.currentTimeMillis
  const { replace } = what
  const usual = ProfileId.usual(provider)
  const credential = pastedCredential({ kind, secret, provider, lifetimeMs, now })
  const done = yield* enrolCredential({
    agent,
    ...enrolmentTarget({ named: what.profile, replace, usual }),
    credential,
    mayAsk: true
  })
  const { profile } = done
  if (done.configChanged) yield* io.stdout(`Updated ${shorten(paths, done.configPath)}`)
  yield* io.stdout(
    `Auth profile: ${profile} (${provider}/${kind}) ${Secret.mask(secret)} in ` +
      `${shorten(paths, done.storePath)}`
  )
  for (const line of endLines(credential)) yield* io.stdout(line)
  if (done.outsideOrder) {
    yield* io.stderr(
      withProfile(
        `clawdbot: the agent's own order does not list ${profile}, so it is not used; see: ` +
          `clawdbot models auth order get --provider ${shellWord(provider)}`,
        paths.profileName
      )
    )
  }
  yield* io.stderr(withProfile("next: clawdbot models status", paths.profileName))
  return exit.done
})
