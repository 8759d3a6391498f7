/**
 * A gateway with something to show: three keys of which one rests and one is refused, quotas, and a
 * week of usage.
 */
import * as fs from "node:fs"
import * as Cell from "@clawdbot/domain/Usage/UsageCell"
import * as Script from "@clawdbot/testing/ScriptedAnthropic/Script"
import { make } from "@clawdbot/testing/ScriptedAnthropic/ScriptedAnthropic"
import * as Effect from "effect/Effect"
import { home } from "../clawdbot.ts"
import { gateway, writeState } from "../gateway/running.ts"

const hour = Cell.hourMs

/** A day's work, the same each time: more in the middle of the day, and the cache gets better. */
const history = (now: number): ReadonlyArray<Cell.UsageCell> =>
  Array.from({ length: 24 * 6 }, (_, index) => index + 6).flatMap((ago) => {
    const at = Math.floor(now / hour) - ago
    const busy = Math.max(0, Math.round(8 * Math.sin((((at % 24) - 6) / 12) * Math.PI)))
    if (busy === 0) return []
    return (["anthropic:k0", "anthropic:k1"] as const).map((profile, of) => ({
      hour: at,
      agent: "main",
      profile,
      model: of === 0 ? "claude-opus-4-5" : "claude-haiku-4-5",
      client: of === 0 ? "laptop" : "",
      ttl: "",
      usage: {
        input: busy * (900 + 130 * of),
        output: busy * (420 - 60 * of),
        cacheRead: busy * Math.max(0, 2_600 - 14 * ago) * (2 - of),
        cacheWrite5m: busy * 300,
        cacheWrite1h: 0,
        cacheWriteOther: 0
      },
      requests: busy,
      unmeasured: 0
    }))
  })

/** The state of quotas as the provider tells it with each answer. */
const quotas = (now: number): Record<string, string> => ({
  "anthropic-ratelimit-unified-status": "allowed",
  "anthropic-ratelimit-unified-5h-utilization": "0.42",
  "anthropic-ratelimit-unified-5h-reset": String(Math.floor(now / 1_000) + 3 * 3_600),
  "anthropic-ratelimit-unified-7d-utilization": "0.81",
  "anthropic-ratelimit-unified-7d-reset": String(Math.floor(now / 1_000) + 4 * 86_400)
})

/** The world; `send` is one request of a client, `stop` ends the gateway. */
export const worldWith = (dashboard: "read-only" | "manage") =>
  Effect.gen(function* () {
    const folder = yield* home
    const now = Date.now()
    const usage = { input_tokens: 900, cache_read_input_tokens: 2_400, output_tokens: 380 }
    const upstream = yield* make({
      credentials: {
        "sk-dash-one": Script.inTurn(
          Script.ok({ usage, headers: quotas(now) }),
          Script.ok({ usage, headers: quotas(now) }),
          Script.rateLimited({ "retry-after": "900" })
        ),
        "sk-dash-two": () =>
          Script.ok({
            usage,
            headers: { ...quotas(now), "anthropic-ratelimit-unified-5h-utilization": "0.07" }
          }),
        "sk-dash-three": () => Script.unauthorized
      }
    })
    writeState(folder, upstream.url, ["sk-dash-one", "sk-dash-two", "sk-dash-three"])
    const store = `${folder}/.clawdbot/agents/main/agent/auth-profiles.json`
    const order = { anthropic: ["anthropic:k2", "anthropic:k0", "anthropic:k1"] }
    fs.writeFileSync(
      store,
      JSON.stringify({ ...JSON.parse(fs.readFileSync(store, "utf8")), order })
    )
    const days = new Map<string, string>()
    for (const cell of history(now)) {
      const day = new Date(cell.hour * hour).toISOString().slice(0, 10)
      days.set(day, `${days.get(day) ?? ""}${Cell.toLine(cell)}\n`)
    }
    fs.mkdirSync(`${folder}/.clawdbot/usage`, { mode: 0o700 })
    for (const [day, text] of days)
      fs.writeFileSync(`${folder}/.clawdbot/usage/${day}.jsonl`, text, { mode: 0o600 })
    const config = `${folder}/.clawdbot/clawdbot.json`
    const text = fs.readFileSync(config, "utf8")
    fs.writeFileSync(config, text.replace("{", `{ gateway: { dashboard: "${dashboard}" },`))
    const running = yield* gateway(folder)
    const send = (model: string, stream = false) =>
      Effect.promise(async () => {
        const answer = await fetch(`${running.url}/v1/messages`, {
          method: "POST",
          headers: { "x-api-key": running.token, "anthropic-version": "2023-06-01" },
          body: JSON.stringify({
            model,
            stream,
            max_tokens: 8,
            messages: [{ role: "user", content: "hi" }]
          })
        })
        await answer.text()
        return answer.status
      })
    const stop = Effect.sync(() => void running.child.kill("SIGTERM"))
    return { folder, url: running.url, send, text: running.text, stop }
  })

/** The same of a dashboard that only shows. */
export const world = worldWith("read-only")
