/** A plan that is used up and goes on for money, as a client of the gateway meets it. */
import * as Limits from "@clawdbot/testing/ScriptedAnthropic/limits"
import * as Script from "@clawdbot/testing/ScriptedAnthropic/Script"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { ask, withGateway } from "./world.ts"

const inHours = (hours: number) => Math.floor(Date.now() / 1_000) + hours * 3_600

/** Good responses of a plan whose week is used up: extra usage pays. */
const billed = Script.always(
  Script.ok({
    headers: Limits.planHeaders({
      "5h": { status: "allowed", utilization: 0.3, reset: inHours(2) },
      "7d": { status: "rejected", utilization: 1.01, reset: inHours(30) },
      overage: { status: "allowed" }
    })
  })
)
const free = Script.always(Script.ok())

const config = (extraUsage: "allow" | "never") => ({
  auth: { extraUsage, order: { anthropic: ["anthropic:ka", "anthropic:kb"] } }
})

/** Three requests in turn; the status of each, and the credentials that the provider saw. */
const threeRequests = (
  extraUsage: "allow" | "never",
  script: Parameters<typeof withGateway>[0]["script"]
) =>
  withGateway({ script, config: config(extraUsage) }, (started) =>
    Effect.gen(function* () {
      const answers = yield* Effect.forEach([1, 2, 3], () => ask(started))
      return {
        statuses: answers.map(({ status }) => status),
        credentials: started.upstream.requests.map(({ credential }) => credential),
        last: answers.at(-1)
      }
    })
  )

describe("auth.extraUsage", () => {
  it.scopedLive("allows it by default", () =>
    Effect.gen(function* () {
      const { credentials, statuses } = yield* threeRequests("allow", { ka: billed, kb: free })
      assert.deepStrictEqual(statuses, [200, 200, 200])
      assert.deepStrictEqual(credentials, ["ka", "ka", "ka"])
    })
  )

  it.scopedLive("never: after the response that shows it, another credential answers", () =>
    Effect.gen(function* () {
      const { credentials, statuses } = yield* threeRequests("never", { ka: billed, kb: free })
      assert.deepStrictEqual(statuses, [200, 200, 200])
      assert.deepStrictEqual(credentials, ["ka", "kb", "kb"])
    })
  )

  it.scopedLive("never: with no other credential requests fail instead of costing money", () =>
    Effect.gen(function* () {
      const { credentials, last, statuses } = yield* threeRequests("never", { ka: billed })
      assert.deepStrictEqual(statuses, [200, 429, 429])
      assert.deepStrictEqual(credentials, ["ka"])
      assert.include(JSON.stringify(last), "AllInCooldown")
    })
  )
})
