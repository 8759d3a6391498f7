/**
 * The upstream of practice mode (`clawdbot gateway --practice`): two practice keys, the first of
 * which is rate limited at every third request, so that a newcomer sees a real request, a failover
 * and a cooldown without an account.
 */
import { ok, rateLimited } from "./Script.ts"
import type { ScriptedOptions } from "./ScriptedAnthropic.ts"

/** The first key: limited at every third request. It opens nothing anywhere else. */
export const limitedKey =
  "sk-ant-api03-practice-key-one-limited-every-third-request-0000000000000000000000000000000000000000"

/** The second key: always answers. */
export const steadyKey =
  "sk-ant-api03-practice-key-two-always-answers-000000000000000000000000000000000000000000000000000000"

const text =
  "Hello! This is the practice Anthropic of clawdbot: your request came through the gateway, " +
  "which chose one of two practice keys for it. Send it three more times and watch the " +
  "gateway's terminal: one key meets its limit, the other one answers, and the first one " +
  "rests."

/** It may run for days: so many requests and things of each kind are remembered. */
export const maxKept = 16

/** The script. */
export const practice: ScriptedOptions = {
  text,
  maxKept,
  credentials: {
    [limitedKey]: (requestNumber) =>
      requestNumber % 3 === 0 ? rateLimited({ "retry-after": "20" }) : ok(),
    [steadyKey]: () => ok()
  }
}
