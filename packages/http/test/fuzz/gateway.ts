/** A gateway that stays open for as long as a scope. */
import { HealthStore } from "@clawdbot/domain/Health/HealthStore"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Logger from "effect/Logger"
import type * as Scope from "effect/Scope"
import { configFor, type RawRequest, type RawUpstream, rawUpstream } from "../rawUpstream.ts"
import { keys, withGateway } from "../world.ts"

/** What a kind gets. */
export interface Open {
  readonly port: number
  readonly upstream: RawUpstream
  readonly health: HealthStore["Type"]
}

/** The gateway's own credential. */
export const planted = "sk-ant-api03-PLANTEDplantedPLANTEDplanted"

/** A gateway before an upstream that answers in bytes. */
export const openGateway = (
  answer: (request: RawRequest) => void
): Effect.Effect<Open, unknown, Scope.Scope> =>
  Effect.gen(function* () {
    const upstream = yield* rawUpstream(answer)
    const ready = yield* Deferred.make<Open, unknown>()
    yield* Effect.acquireRelease(
      Effect.forkDaemon(
        withGateway(
          {
            script: {},
            stores: keys(planted),
            config: configFor(upstream),
            timeouts: { headersMs: 1_500, silenceMs: 1_500 }
          },
          ({ gateway }) =>
            Effect.flatMap(HealthStore, (health) =>
              Effect.zipRight(
                Deferred.succeed(ready, { port: gateway.port, upstream, health }),
                Effect.never
              )
            )
        ).pipe(
          // What is acquired cannot be interrupted, and neither could what is started there.
          Effect.interruptible,
          Effect.catchAllCause((cause) => Deferred.failCause(ready, cause)),
          Effect.provide(Logger.remove(Logger.defaultLogger))
        )
      ),
      Fiber.interrupt
    )
    return yield* Deferred.await(ready)
  })
