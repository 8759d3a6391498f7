/** Records what a person sees when a refresh ends badly, and in which state it leaves the login. */
import { html, type TokenStep, throttled } from "@clawdbot/testing/OAuth/TokenScript"
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { expect } from "vitest"
import { put, run } from "../commandLine.ts"
import { record, stored, world } from "./logins.ts"

/** What goes wrong: with the next request, with every one, or before there is any. */
export interface BadEnd {
  readonly name: string
  readonly next?: TokenStep
  readonly always?: TokenStep
  readonly revoked?: boolean
  readonly tokenUrl?: string
}

/** A name that no resolver knows: too long to be one, so that none is asked. */
const noName = `https://${"n".repeat(64)}.invalid/v1/oauth/token`

/** The bad ends that show at once. */
export const atOnce: ReadonlyArray<BadEnd> = [
  { name: "revoked by the provider", revoked: true },
  { name: "the answer is lost after the token was used up", next: { lose: true } },
  { name: "the answer has no refresh token", next: { keepRefresh: true } },
  { name: "the response is for another account", next: { account: "account-2" } },
  { name: "throttled for an hour", next: throttled(3600) }
]

/** The bad ends that are tried again until the time limit of a refresh, half a minute. */
export const afterTrying: ReadonlyArray<BadEnd> = [
  { name: "every answer is lost", always: { lose: true } },
  { name: "a page instead of an answer", always: html(200) },
  { name: "the server fails", always: html(500) },
  { name: "throttled without a word", always: { instead: { status: 429, body: "" } } },
  { name: "nobody listens", tokenUrl: "http://127.0.0.1:1/token" },
  { name: "the name does not resolve", tokenUrl: noName }
]

const seen = ({ always, name, next, revoked, tokenUrl }: BadEnd) =>
  Effect.gen(function* () {
    const { endpoint, home, putProfiles } = yield* world
    const tokens = endpoint.families.signIn()
    yield* putProfiles({ "anthropic:me": record(tokens, 1) })
    if (next !== undefined) endpoint.script.push(next)
    if (always !== undefined) endpoint.script.always(always)
    if (revoked) endpoint.families.revoke(tokens.refresh)
    if (tokenUrl !== undefined) {
      const config = { models: { providers: { anthropic: { oauth: { tokenUrl } } } } }
      yield* put(home, ".clawdbot/clawdbot.json", JSON.stringify(config))
    }
    const { status, stderr, stdout } = yield* run(home, [
      "models",
      "auth",
      "refresh",
      "anthropic:me"
    ])
    const after = (yield* stored(home)).profiles["anthropic:me"]
    assert.strictEqual(after?.refresh, tokens.refresh, name)
    const state =
      after?.access === tokens.access ? "the store is as it was" : "the store has the new token"
    const explained = yield* run(home, ["models", "auth", "explain"])
    const login = /^.*anthropic:me.*$/m.exec(explained.stdout)?.[0] ?? ""
    const text =
      `== ${name}: exit ${status}, ${state}\n` + `${stdout}${stderr}\nexplain: ${login.trim()}\n`
    return text.replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "TIME")
  })

/** All of them beside each other, compared with a recorded file. */
export const recordedFailures = (file: string, ends: ReadonlyArray<BadEnd>) =>
  Effect.gen(function* () {
    const shown = yield* Effect.forEach(ends, seen, { concurrency: "unbounded" })
    yield* Effect.promise(() => expect(shown.join("\n")).toMatchFileSnapshot(file))
  })
