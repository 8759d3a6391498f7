/**
 * When the windows of plans will be used up, and what they hold, as the gateway that runs on this
 * state folder has seen them used (decisions D55 and D57). Without a gateway nothing is known.
 */
import { atFirstUse } from "@clawdbot/domain/Document/atFirstUse"
import { StatePaths } from "@clawdbot/domain/Environment/StatePaths"
import { Forecast } from "@clawdbot/domain/Health/forecast"
import type { ProfileWindow } from "@clawdbot/domain/Status/AuthStatus"
import { FileSystem } from "@effect/platform/FileSystem"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"

/** What a gateway says of one window. */
export interface ToldWindow {
  readonly profileId: string
  readonly scope: string
  readonly class: string
  readonly until: number
  readonly forecast?: Forecast
  readonly holdsUsd?: number
}

// Most commands meet no gateway, and need neither this nor the client below.
const decode = atFirstUse(() => {
  const window: Schema.Schema<ToldWindow> = Schema.Struct({
    profileId: Schema.String,
    scope: Schema.String,
    class: Schema.String,
    until: Schema.Number,
    forecast: Schema.optionalWith(Forecast, { exact: true }),
    holdsUsd: Schema.optionalWith(Schema.Number, { exact: true })
  })
  return Schema.decodeOption(Schema.parseJson(Schema.Struct({ windows: Schema.Array(window) })))
})

/** Room for the status of some thousand profiles, in bytes. */
const maxAnswerBytes = 16 * 1024 * 1024
const maxWaitMs = 2_000

/** The windows of an agent that a running gateway can say something of. */
export const forecastsOf = (
  agent: string
): Effect.Effect<ReadonlyArray<ToldWindow>, never, StatePaths | FileSystem> =>
  Effect.gen(function* () {
    const { stateDir } = yield* StatePaths
    const files = yield* FileSystem
    const socket = files.exists(`${stateDir}/run/gateway.sock`)
    if (!(yield* Effect.orElseSucceed(socket, () => false))) return []
    const { socketText } = yield* Effect.promise(() => import("./socketText.ts"))
    const path = `status?agent=${encodeURIComponent(agent)}`
    const question = { method: "GET", path, maxAnswerBytes, maxWaitMs } as const
    const text = yield* socketText(stateDir, question)
    const told = Option.flatMap(text, (text) => decode(text))
    if (Option.isNone(told)) return []
    return told.value.windows.filter(
      ({ forecast, holdsUsd }) => forecast !== undefined || holdsUsd !== undefined
    )
  })

/** Windows with what a gateway says of them. Pure. */
export const withForecasts = (
  windows: ReadonlyArray<ProfileWindow>,
  told: ReadonlyArray<ToldWindow>
): ReadonlyArray<ProfileWindow> => {
  if (told.length === 0) return windows
  return windows.map((window) => {
    const found = told.find(
      ({ class: kind, profileId, scope }) =>
        kind === window.class && profileId === window.profileId && scope === window.scope
    )
    if (found?.forecast === undefined) return window
    return { ...window, forecast: found.forecast }
  })
}
