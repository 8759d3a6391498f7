/**
 * When the windows of plans will be used up, as the gateway that runs on this state folder has seen
 * them used (decision D55). Without a gateway nothing is known.
 */
import { StatePaths } from "@clawdbot/domain/Environment/StatePaths"
import { Forecast } from "@clawdbot/domain/Health/forecast"
import type { ProfileWindow } from "@clawdbot/domain/Status/AuthStatus"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { socketText } from "./socketText.ts"

const Told = Schema.parseJson(
  Schema.Struct({
    windows: Schema.Array(
      Schema.Struct({
        profileId: Schema.String,
        scope: Schema.String,
        class: Schema.String,
        until: Schema.Number,
        forecast: Schema.optionalWith(Forecast, { exact: true })
      })
    )
  })
)

/** What a gateway says of one window. */
export type ToldWindow = (typeof Told.Type)["windows"][number]

/** Room for the status of some thousand profiles, in bytes. */
const maxAnswerBytes = 16 * 1024 * 1024
const maxWaitMs = 2_000

/** The windows of an agent that a running gateway can say something of. */
export const forecastsOf = (
  agent: string
): Effect.Effect<ReadonlyArray<ToldWindow>, never, StatePaths> =>
  Effect.gen(function* () {
    const { stateDir } = yield* StatePaths
    const path = `status?agent=${encodeURIComponent(agent)}`
    const question = { method: "GET", path, maxAnswerBytes, maxWaitMs } as const
    const text = yield* socketText(stateDir, question)
    const told = Option.flatMap(text, Schema.decodeOption(Told))
    if (Option.isNone(told)) return []
    return told.value.windows.filter(({ forecast }) => forecast !== undefined)
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
