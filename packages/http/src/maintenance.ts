/** What a gateway does by the clock: closes connections, cuts off slow senders, frees memory. */
import type { Server } from "node:http"
import * as BackgroundLoop from "@clawdbot/domain/Background/backgroundLoop"
import { HeapRelief, lookEveryMs } from "@clawdbot/node/Process/HeapRelief"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { Connections } from "./Connections.ts"
import type { ClientTimeouts } from "./GatewayOptions.ts"
import type { InFlight } from "./InFlight.ts"
import { tooSlow } from "./requestForm.ts"
import { SlowSenders } from "./SlowSenders.ts"

/** How often connections are looked over, in ms: few have to be closed at a time. */
export const sweepMs = 250

/** Closes connections that show no token in time; until the scope ends. */
export const sweepConnections = (
  connections: Connections,
  { unprovenMs }: ClientTimeouts
): Effect.Effect<void, never, Scope.Scope> =>
  BackgroundLoop.start(
    {
      task: "closing connections without a token",
      every: Math.min(sweepMs, unprovenMs / 2)
    },
    Effect.sync(() => connections.sweep(unprovenMs))
  )

/** Gives memory back to the system while there is little to do; until the scope ends. */
export const freeMemory: Effect.Effect<void, never, Scope.Scope> = Effect.suspend(() => {
  const relief = new HeapRelief(() => performance.now())
  return BackgroundLoop.start(
    { task: "giving memory back", every: lookEveryMs, startsAtOnce: true },
    Effect.sync(() => relief.look())
  )
})

/** Ends requests whose clients send too slowly; until the scope ends. */
export const cutOffSlowSenders = (
  server: Server,
  inFlight: InFlight,
  timeouts: ClientTimeouts
): Effect.Effect<void, never, Scope.Scope> =>
  Effect.suspend(() => {
    const slow = new SlowSenders(timeouts)
    return BackgroundLoop.start(
      { task: "looking for slow senders", every: slow.everyMs },
      Effect.sync(() => {
        for (const { socket } of slow.late(inFlight.arriving(), performance.now())) {
          const late = Object.assign(new Error("the request was not received in time"), {
            code: tooSlow
          })
          server.emit("clientError", late, socket)
        }
      })
    )
  })
