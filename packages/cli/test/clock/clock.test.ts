/**
 * A machine whose clock was ten years off for a while: what its programs wrote then is read by
 * programs that have the right time, and they answer at once.
 */
import * as fs from "node:fs"
import { fileURLToPath } from "node:url"
import * as Endpoint from "@clawdbot/testing/OAuth/ScriptedTokenEndpoint"
import * as Script from "@clawdbot/testing/ScriptedAnthropic/Script"
import { make } from "@clawdbot/testing/ScriptedAnthropic/ScriptedAnthropic"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { home, planted, run } from "../clawdbot.ts"
import { eventually } from "../eventually.ts"
import { gateway, type RunningGateway, writeState } from "../gateway/running.ts"
import { record } from "../oauth/logins.ts"

const tenYears = 3_652 * 86_400_000
const shifts = [
  ["ahead", tenYears],
  ["behind", -tenYears]
] as const

const preload = fileURLToPath(new URL("shiftedClock.mjs", import.meta.url))

/** The environment of a program whose clock is off by so many ms. */
const offBy = (shiftMs: number) => ({
  NODE_OPTIONS: `--import=${preload}`,
  SHIFTED_CLOCK_MS: String(shiftMs)
})

const body =
  '{"model":"claude-opus-4-5","max_tokens":8,"messages":[{"role":"user","content":"hi"}]}'

/** The status of an answer. */
const ask = ({ token, url }: Pick<RunningGateway, "token" | "url">) =>
  Effect.promise(async () => {
    const response = await fetch(`${url}/v1/messages`, {
      method: "POST",
      headers: { "x-api-key": token, "anthropic-version": "2023-06-01" },
      body
    })
    await response.text()
    return response.status
  })

/** The first request is served: whatever cools down would be refused, since none waits so long. */
const assertAnswers = (running: Pick<RunningGateway, "token" | "url">) =>
  Effect.map(ask(running), (status) => assert.strictEqual(status, 200))

const statePath = (folder: string, name: string) => `${folder}/.clawdbot/${name}`

describe("after a clock that was ten years off", () => {
  for (const [direction, shiftMs] of shifts) {
    for (const [name, headers] of [
      ["with its end", { "retry-after": "3600" }],
      ["with no word of its end", {}]
    ] as const)
      it.scopedLive(`${direction}: a limit ${name} that was noted then holds nobody back`, () =>
        Effect.gen(function* () {
          const folder = yield* home
          let isLimited = true
          const upstream = yield* make({
            credentials: {
              [planted.apiKey]: () => (isLimited ? Script.rateLimited(headers) : Script.ok())
            }
          })
          writeState(folder, upstream.url, [planted.apiKey])
          const year = yield* Effect.scoped(
            Effect.gen(function* () {
              const running = yield* gateway(folder, [], offBy(shiftMs))
              // The second one is a trial of the cooldown, where that was a guess.
              for (let times = 0; times < 2; times++) assert.strictEqual(yield* ask(running), 429)
              const file = statePath(folder, "agents/main/agent/auth-health.json")
              const observed = () =>
                fs.existsSync(file)
                  ? /"observedAt": (\d+)/.exec(fs.readFileSync(file, "utf8"))?.[1]
                  : undefined
              yield* eventually(() => observed() !== undefined)
              return new Date(Number(observed())).getUTCFullYear()
            })
          )
          assert.approximately(year, new Date(Date.now() + shiftMs).getUTCFullYear(), 1)
          isLimited = false
          yield* assertAnswers(yield* gateway(folder))
        })
      )

    it.scopedLive(`${direction}: a login that was refreshed then is one that works`, () =>
      Effect.gen(function* () {
        const folder = yield* home
        const endpoint = yield* Endpoint.make
        const tokens = endpoint.families.signIn()
        let isOver = false
        // The access token that was granted then has ended when the clock is right again.
        const upstream = yield* make({
          credentials: Object.fromEntries(
            [2, 3, 4].map((generation) => [
              `sk-ant-oat01-1-${generation}-${"x".repeat(24)}`,
              () => (generation === 2 && isOver ? Script.unauthorized : Script.ok())
            ])
          )
        })
        writeState(folder, upstream.url, [])
        fs.writeFileSync(
          statePath(folder, "agents/main/agent/auth-profiles.json"),
          JSON.stringify({ version: 1, profiles: { "anthropic:me": record(tokens, 1) } })
        )
        const anthropic = { baseUrl: upstream.url, oauth: { tokenUrl: endpoint.url } }
        fs.writeFileSync(
          statePath(folder, "clawdbot.json"),
          JSON.stringify({ models: { providers: { anthropic } } })
        )
        yield* Effect.scoped(
          Effect.gen(function* () {
            yield* assertAnswers(yield* gateway(folder, [], offBy(shiftMs)))
          })
        )
        assert.lengthOf(endpoint.requests, 1)
        isOver = true
        const running = yield* gateway(folder)
        yield* assertAnswers(running)
        yield* assertAnswers(running)
        assert.lengthOf(endpoint.requests, 2)
        assert.strictEqual((yield* run(folder, ["models", "auth", "print-token"])).status, 0)
      })
    )

    it.scopedLive(`${direction}: what commands wrote then is read, kept and shown`, () =>
      Effect.gen(function* () {
        const folder = yield* home
        const upstream = yield* make({
          credentials: {
            [planted.apiKey]: () => Script.ok(),
            [planted.otherKey]: () => Script.ok()
          }
        })
        writeState(folder, upstream.url, [planted.apiKey])
        const env = offBy(shiftMs)
        const then = (argv: ReadonlyArray<string>, stdin = "") =>
          Effect.map(run(folder, argv, { env, stdin }), (ran) => {
            assert.strictEqual(ran.status, 0, `${argv.join(" ")}: ${ran.stderr}`)
            return ran.stdout
          })
        const now = (argv: ReadonlyArray<string>) =>
          Effect.map(run(folder, argv), (ran) => {
            assert.strictEqual(ran.status, 0, `${argv.join(" ")}: ${ran.stderr}`)
            assert.notMatch(`${ran.stdout}${ran.stderr}`, /NaN|Invalid|undefined|^\s+at /m)
            return ran.stdout
          })
        const added = yield* then(["gateway", "token", "add", "bot"])
        yield* then(
          [
            "models",
            "auth",
            "paste-token",
            "--provider",
            "anthropic",
            "--profile-id",
            "anthropic:new"
          ],
          planted.otherKey
        )
        yield* then(["config", "set", "gateway.usage.retentionDays", "30"])
        yield* then(["models", "auth", "logout", "anthropic:k0"])
        yield* Effect.scoped(
          Effect.gen(function* () {
            yield* assertAnswers(yield* gateway(folder, [], env))
          })
        )
        // Two writes, so that what is kept aside and the backups are turned over at the right time.
        yield* now(["models", "auth", "logout", "anthropic:k0", "--undo"])
        yield* now(["config", "set", "gateway.usage.retentionDays", "31"])
        for (const argv of [
          ["models", "status"],
          ["models", "status", "--json"],
          ["models", "auth", "explain"],
          ["gateway", "token", "list"],
          ["usage"],
          ["usage", "--json", "--since", "36500d"],
          ["config", "validate"]
        ])
          yield* now(argv)
        assert.match(fs.readFileSync(statePath(folder, "clawdbot.json.bak"), "utf8"), /: 30/)
        const running = yield* gateway(folder)
        yield* assertAnswers(running)
        yield* assertAnswers({ url: running.url, token: /cbt_\S+/.exec(added)?.[0] ?? "" })
      })
    )
  }
})
