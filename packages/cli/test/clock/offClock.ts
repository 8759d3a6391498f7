/**
 * A machine whose clock was ten years off for a while, for the short tests and the long ones: what
 * its programs wrote then is read by programs that have the right time, and they answer at once.
 */
import { fileURLToPath } from "node:url"
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { ListeningGateway } from "../gateway/running.ts"

const tenYears = 3_652 * 86_400_000

/** Both ways in which it was off, in ms. */
export const shifts = [
  ["ahead", tenYears],
  ["behind", -tenYears]
] as const

const preload = fileURLToPath(new URL("shiftedClock.mjs", import.meta.url))

/** The environment of a program whose clock is off by so many ms. */
export const offBy = (shiftMs: number) => ({
  NODE_OPTIONS: `--import=${preload}`,
  SHIFTED_CLOCK_MS: String(shiftMs)
})

const body =
  '{"model":"claude-opus-4-5","max_tokens":8,"messages":[{"role":"user","content":"hi"}]}'

/** The status of an answer. */
export const ask = ({ token, url }: Pick<ListeningGateway, "token" | "url">) =>
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
export const assertAnswers = (running: Pick<ListeningGateway, "token" | "url">) =>
  Effect.map(ask(running), (status) => assert.strictEqual(status, 200))

/** A file of the state folder. */
export const statePath = (folder: string, name: string) => `${folder}/.clawdbot/${name}`
