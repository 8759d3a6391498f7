/**
 * Two agents, of whom one holds a copy of the other's login that was rotated since by another
 * program: what an older program leaves behind.
 */

import type { IssuedTokens } from "@clawdbot/testing/OAuth/TokenFamilies"
import * as Script from "@clawdbot/testing/ScriptedAnthropic/Script"
import * as Upstream from "@clawdbot/testing/ScriptedAnthropic/ScriptedAnthropic"
import * as Effect from "effect/Effect"
import { put } from "../commandLine.ts"
import { record, world } from "./logins.ts"

export const profile = "anthropic:default"
export const hour = 3_600_000

/** A store below a home folder. */
export const storeOf = (agent: string): string =>
  `.clawdbot/agents/${agent}/agent/auth-profiles.json`

const withoutAccount = ({ accountId: _, ...rest }: ReturnType<typeof record>) => rest

/** The stores of both agents, and the config that says who inherits. */
const write = (
  home: string,
  logins: { readonly main: unknown; readonly work: unknown },
  options: { readonly baseUrl: string; readonly tokenUrl: string; readonly inherits: boolean }
) =>
  Effect.gen(function* () {
    const { baseUrl, inherits, tokenUrl } = options
    const work = inherits ? { id: "work", auth: { inheritFrom: "main" } } : { id: "work" }
    const config = {
      models: { providers: { anthropic: { baseUrl, oauth: { tokenUrl } } } },
      agents: { list: [{ id: "main" }, work] }
    }
    yield* put(home, ".clawdbot/clawdbot.json", JSON.stringify(config))
    for (const [agent, login] of Object.entries(logins))
      yield* put(
        home,
        storeOf(agent),
        JSON.stringify({ version: 1, profiles: { [profile]: login } })
      )
  })

const provider = (logins: ReadonlyArray<IssuedTokens>) =>
  Upstream.make({
    credentials: Object.fromEntries(logins.map(({ access }) => [access, () => Script.ok()]))
  })

/** Agent `work` has the generation before the one that agent `main` has. */
export const staleCopy = (options: { readonly inherits?: boolean } = {}) =>
  Effect.gen(function* () {
    const { endpoint, home } = yield* world
    const before = endpoint.families.signIn("me")
    const rotated = endpoint.families.redeem(before.refresh)
    if (rotated._tag === "Refused") return yield* Effect.dieMessage("the first use is granted")
    const newest = rotated.tokens
    const upstream = yield* provider([before, newest])
    yield* write(
      home,
      { main: record(newest, Date.now() + 7 * hour), work: record(before, Date.now() - hour) },
      { baseUrl: upstream.url, tokenUrl: endpoint.url, inherits: options.inherits === true }
    )
    /** What the endpoint saw since: nothing, and the login is alive. */
    const isUntouched = () => {
      const { grants, refusals, reuses, revokedFamilies } = endpoint.families.counters()
      return (
        grants === 1 &&
        refusals + reuses + revokedFamilies === 0 &&
        endpoint.families.isCurrent(newest.access)
      )
    }
    return { home, upstream, endpoint, before, newest, isUntouched }
  })

/** Two people's logins under one name, which nothing tells apart. */
export const twoPeople = Effect.gen(function* () {
  const { endpoint, home } = yield* world
  const [mine, yours] = [endpoint.families.signIn("me"), endpoint.families.signIn("you")]
  const upstream = yield* provider([mine, yours])
  yield* write(
    home,
    {
      main: withoutAccount(record(mine, Date.now() + 7 * hour)),
      work: withoutAccount(record(yours, Date.now() + hour))
    },
    { baseUrl: upstream.url, tokenUrl: endpoint.url, inherits: false }
  )
  return { home, upstream, endpoint, mine, yours }
})

/** A request to a gateway for an agent; the status and the text of the answer. */
export const ask = (gateway: { readonly url: string; readonly token: string }, agent: string) =>
  Effect.promise(async () => {
    const response = await fetch(`${gateway.url}/v1/messages`, {
      method: "POST",
      headers: {
        "x-api-key": gateway.token,
        "x-clawdbot-agent": agent,
        "anthropic-version": "2023-06-01"
      },
      body: '{"model":"claude-opus-4-5","max_tokens":8,"messages":[{"role":"user","content":"hi"}]}'
    })
    return { status: response.status, text: await response.text() }
  })
