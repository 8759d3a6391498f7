/**
 * What a failed refresh says to do, done. Those that take half a minute to fail are in the long
 * suite.
 */
import * as fs from "node:fs"
import { throttled } from "@clawdbot/testing/OAuth/TokenScript"
import { describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { planted } from "../clawdbot.ts"
import { put } from "../commandLine.ts"
import { isCured } from "./cures.ts"
import { record, world } from "./logins.ts"

const me = "anthropic:me"
const claudeCode = "anthropic:claude-cli"
const nothing = Effect.void

const begin = (profile: string) =>
  Effect.gen(function* () {
    const { endpoint, home, putProfiles } = yield* world
    const tokens = endpoint.families.signIn()
    yield* putProfiles({ [profile]: record(tokens, 1) })
    return { endpoint, home, tokens }
  })

describe("the cure of a refresh that failed", () => {
  it.scopedLive("revoked: a setup token in its place", () =>
    Effect.gen(function* () {
      const { endpoint, home, tokens } = yield* begin(me)
      endpoint.families.revoke(tokens.refresh)
      yield* isCured({
        home,
        profile: me,
        cause: "revoked",
        meanwhile: nothing,
        stdin: planted.setupToken
      })
    })
  )

  it.scopedLive("consumed: the same", () =>
    Effect.gen(function* () {
      const { endpoint, home } = yield* begin(me)
      endpoint.script.push({ lose: true })
      yield* isCured({
        home,
        profile: me,
        cause: "consumed",
        meanwhile: nothing,
        stdin: planted.setupToken
      })
    })
  )

  it.scopedLive("account_changed: the same", () =>
    Effect.gen(function* () {
      const { endpoint, home } = yield* begin(me)
      endpoint.script.push({ account: "somebody-else" })
      yield* isCured({
        home,
        profile: me,
        cause: "account_changed",
        meanwhile: nothing,
        stdin: planted.setupToken
      })
    })
  )

  for (const cause of ["revoked", "consumed"] as const) {
    it.scopedLive(`${cause}, Claude Code's own login: a new login there, then sync`, () =>
      Effect.gen(function* () {
        const { endpoint, home, tokens } = yield* begin(claudeCode)
        const logIn = (
          login: { readonly access: string; readonly refresh: string },
          expiresAt: number
        ) =>
          put(
            home,
            ".claude/.credentials.json",
            JSON.stringify({
              claudeAiOauth: { accessToken: login.access, refreshToken: login.refresh, expiresAt }
            })
          )
        yield* logIn(tokens, 1)
        if (cause === "revoked") endpoint.families.revoke(tokens.refresh)
        else endpoint.script.push({ lose: true })
        const meanwhile = logIn(endpoint.families.signIn(), 4_102_444_800_000)
        yield* isCured({ home, profile: claudeCode, cause, meanwhile })
      })
    )
  }

  it.scopedLive("throttled: the same command, later", () =>
    Effect.gen(function* () {
      const { endpoint, home } = yield* begin(me)
      endpoint.script.push(throttled(3600))
      yield* isCured({ home, profile: me, cause: "throttled", meanwhile: nothing })
    })
  )

  it.scopedLive(
    "store: room for it, then the same command; no token was asked for in between",
    () =>
      Effect.gen(function* () {
        const { endpoint, home } = yield* begin(me)
        yield* put(home, ".clawdbot/run", "in the way of the journal")
        const meanwhile = Effect.sync(() => {
          if (endpoint.requests.length > 0)
            throw new Error("a token was asked for that could not be kept")
          fs.rmSync(`${home}/.clawdbot/run`)
        })
        yield* isCured({ home, profile: me, cause: "store", meanwhile })
      })
  )
})
