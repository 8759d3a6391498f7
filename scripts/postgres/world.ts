/**
 * What a shared store is tried and measured on: a throw-away PostgreSQL and the scripted Anthropic
 * of practice mode. Prints where they are as one JSON line; both end with SIGTERM or Ctrl-C.
 */
import { limitedKey, practice, steadyKey } from "@clawdbot/testing/ScriptedAnthropic/practice"
import * as ScriptedAnthropic from "@clawdbot/testing/ScriptedAnthropic/ScriptedAnthropic"
import * as Effect from "effect/Effect"
import { installed, makeCluster } from "../../packages/postgres/test/cluster/cluster.ts"

const bin = await installed()
if (bin === undefined) {
  console.error("PostgreSQL is not installed; on Debian: sudo apt-get install postgresql")
  process.exit(1)
}
const cluster = await makeCluster(bin)
const stopping = new AbortController()
for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => stopping.abort())
const told = Effect.gen(function* () {
  const { url } = yield* ScriptedAnthropic.make(practice)
  const keys = { limited: limitedKey, steady: steadyKey }
  console.log(JSON.stringify({ postgres: cluster.url, upstream: url, keys }))
  return yield* Effect.never
})
await Effect.runPromise(Effect.scoped(told), { signal: stopping.signal }).catch(() => undefined)
await cluster.remove()
