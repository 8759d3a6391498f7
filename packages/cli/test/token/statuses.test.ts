/**
 * The exit status of `models auth print-token` says why there is no credential (decision D41), and
 * for programs the same stands in one document.
 */
import { throttled } from "@clawdbot/testing/OAuth/TokenScript"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { planted } from "../clawdbot.ts"
import { put, run } from "../commandLine.ts"
import { record, store, world } from "../oauth/logins.ts"

const far = 4_102_444_800_000
const command = ["models", "auth", "print-token"]
const key = { type: "api_key", provider: "anthropic", key: planted.apiKey }
const token = { type: "token", provider: "anthropic", token: planted.setupToken }
type World = Effect.Effect.Success<typeof world>

interface Cause {
  readonly what: string
  readonly prepare: (world: World) => Effect.Effect<unknown>
  readonly argv?: ReadonlyArray<string>
  readonly status: number
  readonly tag: string
  readonly timed?: boolean
}

const causes: ReadonlyArray<Cause> = [
  {
    what: "the store cannot be read",
    prepare: ({ home }) => put(home, store, "{ broken"),
    status: 1,
    tag: "StoreCorrupt"
  },
  {
    what: "the token endpoint puts refreshes off",
    prepare: ({ endpoint, putProfiles }) =>
      Effect.suspend(() => {
        endpoint.script.always(throttled(3600))
        return putProfiles({ "anthropic:me": record(endpoint.families.signIn(), 1) })
      }),
    status: 1,
    tag: "OAuthRefreshFailed",
    timed: true
  },
  {
    what: "the command line is wrong",
    prepare: () => Effect.void,
    argv: ["--agnt", "x"],
    status: 2,
    tag: "UsageError"
  },
  {
    what: "all are cooling down",
    prepare: ({ home }) =>
      put(
        home,
        ".clawdbot/agents/main/agent/auth-profiles.json",
        JSON.stringify({
          version: 1,
          profiles: { "anthropic:key": key },
          usageStats: { "anthropic:key": { cooldownUntil: far } }
        })
      ).pipe(Effect.zipRight(run(home, command))),
    status: 3,
    tag: "AllInCooldown",
    timed: true
  },
  { what: "nothing is configured", prepare: () => Effect.void, status: 4, tag: "NoApiKey" },
  {
    what: "the only key is disabled",
    prepare: ({ putProfiles }) => putProfiles({ "anthropic:key": { ...key, disabled: true } }),
    status: 4,
    tag: "NoCredentials"
  },
  {
    what: "a setup token has expired",
    prepare: ({ putProfiles }) => putProfiles({ "anthropic:setup": { ...token, expires: 1 } }),
    status: 5,
    tag: "NoCredentials"
  },
  {
    what: "the provider ended the login",
    prepare: ({ endpoint, putProfiles }) =>
      Effect.suspend(() => {
        const tokens = endpoint.families.signIn()
        endpoint.families.revoke(tokens.refresh)
        return putProfiles({ "anthropic:me": record(tokens, 1) })
      }),
    status: 5,
    tag: "NoCredentials"
  }
]

describe("print-token says by its exit status why there is no credential", () => {
  for (const { argv = [], prepare, status, tag, timed, what } of causes) {
    it.scopedLive(`${what}: ${status}`, () =>
      Effect.gen(function* () {
        const made = yield* world
        yield* prepare(made)
        const plain = yield* run(made.home, [...command, ...argv])
        assert.deepInclude(plain, { status, stdout: "" })
        for (const wish of [["--json"], ["--format", "json"]]) {
          const ran = yield* run(made.home, [...command, ...argv, ...wish])
          assert.strictEqual(ran.status, status)
          assert.strictEqual(ran.stderr, "")
          const { error } = JSON.parse(ran.stdout)
          assert.strictEqual(error._tag, tag)
          assert.notStrictEqual(error.fix, "")
          if (timed === true) assert.isAbove(error.retryAt, Date.now())
        }
      })
    )
  }
})
