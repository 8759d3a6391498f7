/** One request through a gateway that exports, and what a collector was sent of it. */
import type * as Script from "@clawdbot/testing/ScriptedAnthropic/Script"
import * as Effect from "effect/Effect"
import { ask, keys, type Started, until, withGateway } from "../world.ts"
import { type Collector, collector, exporterTo, spansOf } from "./collector.ts"

/** What is sent. */
export type Act = (started: Started) => Effect.Effect<unknown>
export const plain: Act = (started) => ask(started)

/** Runs a request and sends what is known of it. Without `stores`, all credentials are keys. */
export const traced = (
  script: Record<string, Script.Script>,
  act: Act,
  stores: Readonly<Record<string, unknown>> = keys(...Object.keys(script))
) =>
  Effect.scoped(
    Effect.gen(function* () {
      const into: Collector = yield* collector
      const exporter = yield* exporterTo(into.url)
      let ended = 0
      const telemetry = {
        record: (served: Parameters<typeof exporter.record>[0]) => {
          exporter.record(served)
          ended += 1
        }
      }
      yield* withGateway({ script, stores, gateway: { telemetry } }, (started) =>
        Effect.zipRight(
          act(started),
          Effect.promise(() => until(() => ended > 0))
        )
      )
      yield* exporter.flush
      return { spans: spansOf(into), into }
    })
  )
