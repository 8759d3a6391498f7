/** Homes with stored logins, and a strict token endpoint for them. */
import { defined } from "@clawdbot/domain/Document/defined"
import * as Endpoint from "@clawdbot/testing/OAuth/ScriptedTokenEndpoint"
import type { IssuedTokens } from "@clawdbot/testing/OAuth/TokenFamilies"
import * as Effect from "effect/Effect"
import { freshHome, put, textOf } from "../commandLine.ts"

/** The main agent's store, from the home folder. */
export const store = ".clawdbot/agents/main/agent/auth-profiles.json"

/** A stored record of a login. */
export const record = (tokens: IssuedTokens, expires: number) => ({
  type: "oauth",
  provider: "anthropic",
  access: tokens.access,
  refresh: tokens.refresh,
  expires,
  accountId: tokens.account
})

/** A home whose logins are refreshed at an endpoint of its own. */
export const world = Effect.gen(function* () {
  const home = yield* freshHome
  const endpoint = yield* Endpoint.make
  const config = { models: { providers: { anthropic: { oauth: { tokenUrl: endpoint.url } } } } }
  yield* put(home, ".clawdbot/clawdbot.json", JSON.stringify(config))
  const putProfiles = (
    profiles: Readonly<Record<string, unknown>>,
    order?: ReadonlyArray<string>
  ) =>
    put(
      home,
      store,
      JSON.stringify({
        version: 1,
        profiles,
        ...defined({ order: order === undefined ? undefined : { anthropic: order } })
      })
    )
  return { home, endpoint, putProfiles }
})

/** What the store holds. */
export const stored = (home: string) =>
  Effect.map(
    textOf(home, store),
    (
      text
    ): {
      profiles: Record<string, Record<string, unknown>>
      order?: Record<string, ReadonlyArray<string>>
    } => JSON.parse(text ?? '{"profiles":{}}')
  )
