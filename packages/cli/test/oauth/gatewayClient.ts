/**
 * Records what a client of the gateway is answered when the only login cannot be refreshed: at
 * once, and the next time it asks.
 */
import * as fs from "node:fs"
import * as Script from "@clawdbot/testing/ScriptedAnthropic/Script"
import * as Upstream from "@clawdbot/testing/ScriptedAnthropic/ScriptedAnthropic"
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { expect } from "vitest"
import { planted } from "../clawdbot.ts"
import { gatewayHere } from "../gateway/running.ts"
import type { BadEnd } from "./failures.ts"
import { record, store, world } from "./logins.ts"

/** What the first login of a strict endpoint has after its first grant. */
const granted = `sk-ant-oat01-1-2-${"x".repeat(24)}`

/** A gateway over one login that comes to a bad end. `ask` gives the lines of an answer. */
export const gatewayWith = ({ always, next, revoked, tokenUrl }: BadEnd) =>
  Effect.gen(function* () {
    const { endpoint, home, putProfiles } = yield* world
    const upstream = yield* Upstream.make({
      credentials: { [granted]: () => Script.ok(), [planted.setupToken]: () => Script.ok() }
    })
    const tokens = endpoint.families.signIn()
    yield* putProfiles({ "anthropic:me": record(tokens, 1) })
    const anthropic = { baseUrl: upstream.url, oauth: { tokenUrl: tokenUrl ?? endpoint.url } }
    fs.writeFileSync(
      `${home}/.clawdbot/clawdbot.json`,
      JSON.stringify({ models: { providers: { anthropic } } })
    )
    if (next !== undefined) endpoint.script.push(next)
    if (always !== undefined) endpoint.script.always(always)
    if (revoked) endpoint.families.revoke(tokens.refresh)
    const { text, token, url } = yield* gatewayHere(home)
    const ask = Effect.promise(async () => {
      const response = await fetch(`${url}/v1/messages`, {
        method: "POST",
        headers: { "x-api-key": token, "anthropic-version": "2023-06-01" },
        body: '{"model":"claude-opus-4-5","max_tokens":8,"messages":[{"role":"user","content":"hi"}]}'
      })
      const body: { readonly error?: unknown } = JSON.parse(await response.text())
      const headers = ["retry-after", "x-should-retry"].flatMap((header) => {
        const value = response.headers.get(header)
        return value === null ? [] : [`${header}: ${value}`]
      })
      return [
        String(response.status),
        ...headers,
        ...(body.error === undefined ? [] : [JSON.stringify(body.error)])
      ]
    })
    return { ask, endpoint, home, text, tokens }
  })

const seen = (end: BadEnd) =>
  Effect.gen(function* () {
    const { ask, home, text, tokens } = yield* gatewayWith(end)
    const answers = [yield* ask, yield* ask]
    const after: { readonly profiles: Readonly<Record<string, { readonly refresh: string }>> } =
      JSON.parse(fs.readFileSync(`${home}/${store}`, "utf8"))
    assert.strictEqual(after.profiles["anthropic:me"]?.refresh, tokens.refresh, end.name)
    const shown = answers.map((lines) => lines.join("\n  ")).join("\nagain: ")
    assert.notMatch(`${shown}${text()}`, /sk-ant-/)
    // The hour shrinks by the seconds that this takes.
    return (
      `== ${end.name}\n${shown}\n`
        .replaceAll(home, "HOME")
        .replace(/retry-after: 3[56]\d\d/g, "retry-after: 3600 or less")
        // Whether this request meets the end of the login or the gateway's own look at it did
        // before is a matter of milliseconds.
        .replace(
          /\(refresh failed\)( \(agent [^)]*\)\. \S+: (?:revoked|consumed|account_changed)): [^.]*\./g,
          "(login ended)$1."
        )
    )
  })

/** All of them beside each other, compared with a recorded file. */
export const recordedAnswers = (file: string, ends: ReadonlyArray<BadEnd>) =>
  Effect.gen(function* () {
    const shown = yield* Effect.forEach(ends, seen, { concurrency: "unbounded" })
    yield* Effect.promise(() => expect(shown.join("\n")).toMatchFileSnapshot(file))
  })
