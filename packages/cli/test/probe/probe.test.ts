/**
 * `models status --probe`: real requests, and what a person and a program read of them. The facts
 * are those of the recorded probes.
 */

import * as Endpoint from "@clawdbot/testing/OAuth/ScriptedTokenEndpoint"
import * as Script from "@clawdbot/testing/ScriptedAnthropic/Script"
import * as Scripted from "@clawdbot/testing/ScriptedAnthropic/ScriptedAnthropic"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { freshHome, put, type Ran, run, textOf } from "../commandLine.ts"
import { record } from "../oauth/logins.ts"

const folder = ".clawdbot/agents/main/agent"
const far = 4_102_444_800_000
const secret = (name: string) => `sk-ant-api03-${name}-AAAAAAAAAAAAAAAAAAAA`
const key = (name: string) => ({ type: "api_key", provider: "anthropic", key: secret(name) })

const credentials: Readonly<Record<string, Script.Script>> = {
  [secret("ok")]: Script.always(Script.ok()),
  [secret("bad")]: Script.always({
    ...Script.unauthorized,
    message: `no such key: ${secret("bad")}`
  }),
  [secret("rate")]: Script.always(Script.rateLimited({ "retry-after": "120" })),
  [secret("bill")]: Script.always(Script.outOfCredit),
  [secret("slow")]: Script.always({ _tag: "Silent", how: "hang" }),
  [secret("down")]: Script.always(Script.overloaded)
}

interface Options {
  readonly profiles?: Readonly<Record<string, unknown>>
  readonly config?: Readonly<Record<string, unknown>>
  readonly order?: ReadonlyArray<string>
}

const world = (options: Options) =>
  Effect.gen(function* () {
    const home = yield* freshHome
    const endpoint = yield* Endpoint.make
    // A token that the endpoint gave out is known to the provider as well.
    const known = new Proxy(credentials, {
      get: (given, secret: string) =>
        endpoint.families.isCurrent(secret) ? Script.always(Script.ok()) : given[secret]
    })
    const upstream = yield* Scripted.make({ credentials: known })
    const provider = { baseUrl: upstream.url, oauth: { tokenUrl: endpoint.url } }
    const config = {
      agents: { defaults: { model: { primary: "anthropic/claude-haiku-4-5" } } },
      models: { providers: { anthropic: provider } },
      ...options.config
    }
    yield* put(home, ".clawdbot/clawdbot.json", JSON.stringify(config))
    if (options.profiles !== undefined) {
      const order = options.order === undefined ? {} : { order: { anthropic: options.order } }
      yield* put(
        home,
        `${folder}/auth-profiles.json`,
        JSON.stringify({ version: 1, profiles: options.profiles, ...order })
      )
    }
    return { endpoint, home, upstream }
  })

interface Result {
  readonly label: string
  readonly status: string
  readonly class?: string
  readonly error?: string
  readonly profileId?: string
  readonly source?: string
  readonly mode?: string
  readonly latencyMs?: number
}

const probesOf = (ran: Ran) => {
  const { auth } = JSON.parse(ran.stdout) as {
    auth: {
      probes: {
        totalTargets: number
        options: Record<string, unknown>
        results: ReadonlyArray<Result>
      }
      unusableProfiles: ReadonlyArray<{ profileId: string; reason?: string }>
    }
  }
  return { ...auth.probes, unusable: auth.unusableProfiles }
}

const probe = ["models", "status", "--json", "--probe"]

describe("models status --probe", () => {
  it.scopedLive("says of each profile what the provider said, and health is what it said", () =>
    Effect.gen(function* () {
      const { home, upstream } = yield* world({
        profiles: {
          "anthropic:ok": key("ok"),
          "anthropic:bad": key("bad"),
          "anthropic:rate": key("rate"),
          "anthropic:bill": key("bill"),
          "anthropic:down": key("down"),
          "anthropic:exp": {
            type: "token",
            provider: "anthropic",
            token: "sk-ant-oat01-old",
            expires: 1_577_836_800_000
          }
        }
      })
      const ran = yield* run(home, probe)
      assert.strictEqual(ran.status, 0, ran.stderr)
      const { options, results, totalTargets, unusable } = probesOf(ran)
      assert.strictEqual(totalTargets, 6)
      assert.deepStrictEqual(options, {
        profileIds: [],
        timeoutMs: 8_000,
        concurrency: 2,
        maxTokens: 8
      })
      assert.deepStrictEqual(
        results.map(({ class: failureClass, label, status }) => [label, status, failureClass]),
        [
          ["anthropic:ok", "ok", undefined],
          ["anthropic:bad", "auth", "auth"],
          ["anthropic:rate", "rate_limit", "rate_limit"],
          ["anthropic:bill", "billing", "billing"],
          ["anthropic:down", "unknown", "overloaded"],
          ["anthropic:exp", "unknown", undefined]
        ]
      )
      assert.include(results[5]?.error ?? "", "expired")
      assert.strictEqual(results[1]?.error, "HTTP 401: no such key: …")
      assert.deepStrictEqual(
        unusable.map(({ profileId, reason }) => `${profileId} ${reason}`).sort(),
        ["anthropic:bad auth", "anthropic:bill billing", "anthropic:rate rate_limit"]
      )
      assert.notInclude(ran.stdout + ran.stderr, secret("bad"))
      // One request each, and nothing but the credential of its own.
      assert.strictEqual(upstream.requests.length, 5)
      for (const { body, headers } of upstream.requests) {
        assert.deepStrictEqual(JSON.parse(body.toString()), {
          model: "claude-haiku-4-5",
          max_tokens: 8,
          messages: [{ role: "user", content: "Reply with OK." }]
        })
        assert.isUndefined(headers.authorization)
      }
    })
  )

  it.scopedLive("a success ends a pause", () =>
    Effect.gen(function* () {
      const { home } = yield* world({ profiles: { "anthropic:ok": key("ok") } })
      assert.strictEqual(
        (yield* run(home, ["models", "auth", "order", "get", "--provider", "anthropic"])).status,
        0
      )
      yield* put(
        home,
        `${folder}/auth-profiles.json`,
        JSON.stringify({
          version: 1,
          profiles: { "anthropic:ok": key("ok") },
          usageStats: { "anthropic:ok": { cooldownUntil: far, errorCount: 3 } }
        })
      )
      assert.strictEqual((yield* run(home, ["models", "status", "--check"])).status, 3)
      const ran = yield* run(home, [...probe, "--check"])
      assert.strictEqual(ran.status, 0, ran.stdout)
      assert.deepStrictEqual(probesOf(ran).unusable, [])
      assert.strictEqual((yield* run(home, ["models", "status", "--check"])).status, 0)
    })
  )

  it.scopedLive(
    "an answer that does not come in time is a timeout, punishes nobody, and fails --check " +
      "when it was the only one",
    () =>
      Effect.gen(function* () {
        const { home } = yield* world({ profiles: { "anthropic:slow": key("slow") } })
        const ran = yield* run(home, [...probe, "--probe-timeout", "200", "--check"])
        const { results, unusable } = probesOf(ran)
        assert.strictEqual(results[0]?.status, "timeout")
        assert.isAtLeast(results[0]?.latencyMs ?? 0, 150)
        assert.deepStrictEqual(unusable, [])
        assert.strictEqual(ran.status, 1)
      })
  )

  it.scopedLive("a login is refreshed first, and once more when its token is refused", () =>
    Effect.gen(function* () {
      const { endpoint, home, upstream } = yield* world({})
      const tokens = endpoint.families.signIn()
      yield* put(
        home,
        `${folder}/auth-profiles.json`,
        JSON.stringify({ version: 1, profiles: { "anthropic:me": record(tokens, 1) } })
      )
      const ran = yield* run(home, probe)
      assert.strictEqual(probesOf(ran).results[0]?.status, "ok", ran.stdout)
      const [request] = upstream.requests
      assert.include(String(request?.headers["anthropic-beta"]), "oauth-2025-04-20")
      assert.strictEqual(endpoint.families.counters().grants, 1)
    })
  )

  it.scopedLive("keys of the environment are probed only where no profile is", () =>
    Effect.gen(function* () {
      const variables = { ANTHROPIC_API_KEY: secret("ok") }
      const alone = yield* world({})
      const ran = yield* run(alone.home, probe, { variables })
      const [result, ...more] = probesOf(ran).results
      assert.deepStrictEqual(more, [])
      assert.deepInclude(result ?? { label: "", status: "" }, {
        label: "env",
        source: "env",
        mode: "api_key",
        status: "ok"
      })
      assert.isFalse(Object.hasOwn(result ?? {}, "profileId"))
      const beside = yield* world({ profiles: { "anthropic:bad": key("bad") } })
      const { results } = probesOf(yield* run(beside.home, probe, { variables }))
      assert.deepStrictEqual(
        results.map(({ label }) => label),
        ["anthropic:bad"]
      )
    })
  )

  it.scopedLive(
    "only what is asked for, and what the order leaves out is said without sending",
    () =>
      Effect.gen(function* () {
        const { home, upstream } = yield* world({
          profiles: {
            "anthropic:out": key("ok"),
            "anthropic:ok": key("ok"),
            "anthropic:bad": key("bad")
          },
          order: ["anthropic:ok", "anthropic:bad"]
        })
        const some = yield* run(home, [...probe, "--probe-profile", "anthropic:ok, anthropic:nope"])
        assert.deepStrictEqual(
          probesOf(some).results.map(({ label, status }) => [label, status]),
          [["anthropic:ok", "ok"]]
        )
        assert.deepStrictEqual(probesOf(some).options.profileIds, [
          "anthropic:ok",
          "anthropic:nope"
        ])
        assert.include(some.stderr, 'there is no profile "anthropic:nope"')
        const none = yield* run(home, [...probe, "--probe-provider", "openai"])
        assert.deepInclude(probesOf(none), { totalTargets: 0, results: [] })
        assert.strictEqual(upstream.requests.length, 1)
        const all = probesOf(yield* run(home, probe)).results
        assert.deepInclude(all[0] ?? { label: "", status: "" }, {
          label: "anthropic:out",
          status: "unknown",
          error: "Excluded by auth.order for this provider."
        })
        assert.strictEqual(upstream.requests.length, 3)
      })
  )

  it.scopedLive("no more at a time than was said", () =>
    Effect.gen(function* () {
      const profiles = Object.fromEntries(
        Array.from({ length: 6 }, (_, index) => [`anthropic:slow${index}`, key("slow")])
      )
      const { home, upstream } = yield* world({ profiles })
      const ran = yield* run(home, [...probe, "--probe-concurrency", "3", "--probe-timeout", "400"])
      assert.lengthOf(probesOf(ran).results, 6)
      assert.lengthOf(upstream.requests, 6)
      assert.isAtLeast(JSON.parse(ran.stdout).auth.probes.durationMs, 700)
    })
  )

  it.scopedLive("for people: a line each, with what was said", () =>
    Effect.gen(function* () {
      const { home } = yield* world({
        profiles: { "anthropic:ok": key("ok"), "anthropic:bad": key("bad") }
      })
      const ran = yield* run(home, ["models", "status", "--probe"])
      assert.match(
        ran.stdout,
        /Auth probes\n- anthropic:ok \(api_key\) {3}ok · \d+ms {2}anthropic\/claude-haiku-4-5\n/
      )
      assert.match(
        ran.stdout,
        /- anthropic:bad \(api_key\) {2}auth · .*\n {4}HTTP 401: no such key: …\n/
      )
      assert.match(ran.stdout, /Probed 2 targets in /)
      assert.isUndefined(yield* textOf(home, ".clawdbot/agents/main/sessions"))
    })
  )
})

describe("onboard --probe", () => {
  const onboard = (name: string) => ["onboard", "--anthropic-api-key", secret(name), "--probe"]

  it.scopedLive("says that what it stored works", () =>
    Effect.gen(function* () {
      const { home, upstream } = yield* world({})
      const ran = yield* run(home, onboard("ok"))
      assert.strictEqual(ran.status, 0, ran.stderr)
      assert.match(
        ran.stdout,
        / and verified the file\n.*\nTest succeeded: anthropic\/claude-haiku-4-5 responded\.$/
      )
      assert.strictEqual(upstream.requests[0]?.credential, secret("ok"))
    })
  )

  it.scopedLive("keeps what does not work yet, says so and fails", () =>
    Effect.gen(function* () {
      const { home } = yield* world({})
      const ran = yield* run(home, onboard("bill"))
      assert.strictEqual(ran.status, 1)
      assert.include(
        ran.stdout,
        "Saved, but the test failed (billing): HTTP 400: Your credit balance"
      )
      assert.include(
        ran.stderr,
        "fix: to test again: clawdbot models status --probe --probe-profile anthropic:default"
      )
      const json = yield* run(home, [...onboard("bad"), "--json"])
      assert.strictEqual(json.status, 1)
      const { probe: result, profile } = JSON.parse(json.stdout)
      assert.deepInclude(result, { status: "auth", error: "HTTP 401: no such key: …" })
      // A key that is out of credit may be topped up: it is kept, and the new one goes beside it.
      assert.strictEqual(profile, "anthropic:default-2")
    })
  )

  it.scopedLive("without the flag nothing is sent", () =>
    Effect.gen(function* () {
      const { home, upstream } = yield* world({})
      assert.strictEqual((yield* run(home, onboard("ok").slice(0, -1))).status, 0)
      assert.lengthOf(upstream.requests, 0)
    })
  )
})
