/**
 * Starts exporting where a collector is named. What exports is loaded then only: a gateway without
 * a collector has none of it.
 */
import type { ConfigSnapshot } from "@clawdbot/domain/Config/ConfigStore"
import type { UpstreamClient } from "@clawdbot/node/Upstream/UpstreamClient"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type * as Scope from "effect/Scope"
import type { Telemetry } from "./Telemetry.ts"
import { settingsOf } from "./TelemetrySettings.ts"

/**
 * The way to the collector until the scope closes; undefined where none is named, or where its
 * settings cannot be used, which is logged: no request depends on them.
 */
export const startTelemetry = ({
  config,
  environment
}: Pick<ConfigSnapshot, "config" | "environment">): Effect.Effect<
  Telemetry | undefined,
  never,
  UpstreamClient | Scope.Scope
> =>
  Effect.gen(function* () {
    const settings = settingsOf(config, environment)
    if (Either.isLeft(settings)) {
      yield* Effect.logWarning(settings.left.message)
      return undefined
    }
    if (settings.right === undefined) return undefined
    const { start } = yield* Effect.promise(() => import("./exporter.ts"))
    return yield* start(settings.right)
  })
