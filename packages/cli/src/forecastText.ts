/** Forecasts of windows in words, for the reports that show them. Pure. */
import { forecastWords } from "@clawdbot/domain/Health/forecast"
import * as Scope from "@clawdbot/domain/Health/Scope"
import type { ProfileWindow } from "@clawdbot/domain/Status/AuthStatus"

type Foreseen = Pick<ProfileWindow, "forecast" | "profileId" | "scope" | "until">

/** What there is to say of the windows of one profile, a sentence each. `now` is epoch ms. */
export const forecastLines = (
  windows: ReadonlyArray<Foreseen>,
  profile: string,
  now: number
): ReadonlyArray<string> =>
  windows
    .filter(({ profileId }) => profileId === profile)
    .flatMap((window) => forecastWords(window, now) ?? [])

/** The same, and a line for each window of which it is too early to say anything. */
export const allForecastLines = (
  windows: ReadonlyArray<Foreseen>,
  profile: string,
  now: number
): ReadonlyArray<string> => [
  ...forecastLines(windows, profile, now),
  ...windows
    .filter(({ forecast, profileId }) => profileId === profile && forecast?._tag === "TooEarly")
    .map(({ scope }) => `${Scope.wordsOf(scope)} window: too early to say when it is used up`)
]
