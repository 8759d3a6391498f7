/**
 * Requests that wait for the credential of their conversation (decision D56). Each keeps its body
 * and its connection meanwhile, so that no more than {@link maxHeldRequests} wait at a time.
 */
import type { ServerResponse } from "node:http"
import type { Held, HoldEnd, Holding } from "@clawdbot/domain/Auth/hold"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"

/** So many requests wait at a time; others move to another credential. */
export const maxHeldRequests = 256

/** Ends when the client has left. */
const hasLeft = (response: ServerResponse): Effect.Effect<HoldEnd> =>
  Effect.async((resume) => {
    const leave = () => resume(Effect.succeed("left"))
    if (response.destroyed) return leave()
    response.once("close", leave)
    return Effect.sync(() => response.off("close", leave))
  })

/** The requests of one gateway that wait. */
export class HeldRequests {
  private count = 0

  /** Lets a request wait for as long as its client is there; `onEnd` hears of the wait. */
  holding(response: ServerResponse, onEnd: (held: Held) => void): Holding<undefined> {
    const wait = (ms: number) =>
      Effect.flatMap(Clock.currentTimeMillis, (startedAt) =>
        Effect.tap(this.wait(response, ms), (end) =>
          Effect.map(Clock.currentTimeMillis, (now) => onEnd({ ms: now - startedAt, end }))
        )
      )
    return { wait, abandoned: undefined }
  }

  /** Waits for so many ms, or until the client leaves. */
  wait(response: ServerResponse, ms: number): Effect.Effect<HoldEnd> {
    return Effect.suspend(() => {
      if (this.count >= maxHeldRequests) return Effect.succeed<HoldEnd>("full")
      this.count += 1
      return Effect.race(Effect.as(Effect.sleep(ms), "over" as const), hasLeft(response)).pipe(
        Effect.ensuring(
          Effect.sync(() => {
            this.count -= 1
          })
        )
      )
    })
  }
}
