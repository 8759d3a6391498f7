/**
 * What a running gateway tells of its profiles and its last requests, for people. It may hold keys
 * that only its own environment has.
 */
import type { BudgetReport } from "@clawdbot/domain/Budget/BudgetReport"
import { budgetLines } from "@clawdbot/domain/Budget/budgetLines"
import { listOf } from "@clawdbot/domain/Document/listIf"
import { StatePaths } from "@clawdbot/domain/Environment/StatePaths"
import { fleetLines } from "@clawdbot/domain/Fleet/fleetFindings"
import type { AuthStatus } from "@clawdbot/domain/Status/AuthStatus"
import { countWords, credentialCounts } from "@clawdbot/domain/Status/credentialCounts"
import * as Duration from "@clawdbot/domain/Status/duration"
import * as EpochMs from "@clawdbot/domain/Time/EpochMs"
import { socketPath } from "@clawdbot/http/control/ControlSocket"
import type { GatewayInfo } from "@clawdbot/http/control/GatewayInfo"
import type { RequestRecord } from "@clawdbot/http/control/RequestLog"
import * as Effect from "effect/Effect"
import { GatewayNotRunning } from "../CliError.ts"
import { forecastLines } from "../forecastText.ts"
import { addressRows, boundTo } from "./addressLines.ts"
import { attemptText } from "./banner.ts"
import { control } from "./controlClient.ts"
import { gatewayInfo } from "./runningGateway.ts"

const shown = 20

/** So many cooldowns are named; the counts stand for the others. */
const maxCooling = 5

/** So many forecasts are shown. */
const maxForecasts = 5

/** What a gateway tells. */
export interface GatewayTold {
  /** Undefined where it is of a version that did not say. */
  readonly gateway: GatewayInfo | undefined
  /**
   * The profiles of its default agent; or why they cannot be told, as with a store that is broken.
   */
  readonly auth:
    | AuthStatus
    | { readonly error: { readonly _tag: string; readonly message: string } }
  /** The clients with budgets; undefined where it is of a version that did not say. */
  readonly budgets?: BudgetReport | undefined
  /** The newest first. */
  readonly requests: ReadonlyArray<RequestRecord>
}

/** Asks the gateway that runs on this state folder. */
export const ask = Effect.gen(function* () {
  const { stateDir } = yield* StatePaths
  const client = yield* control
  const notRunning = () => new GatewayNotRunning({ path: socketPath(stateDir) })
  const requests = yield* Effect.mapError(
    client.requests({ urlParams: { limit: shown } }),
    notRunning
  )
  const auth = yield* client.status({ urlParams: {} }).pipe(
    Effect.catchTags({
      RequestError: notRunning,
      ResponseError: notRunning,
      ParseError: notRunning,
      HttpApiDecodeError: notRunning
    }),
    Effect.catchIf(
      (error) => error._tag !== "GatewayNotRunning",
      ({ _tag, message }) => Effect.succeed({ error: { _tag, message } })
    )
  )
  const budgets = yield* Effect.orElseSucceed(client.budgets(), () => undefined)
  const told: GatewayTold = { gateway: yield* gatewayInfo, auth, budgets, requests }
  return told
})

const requestLine = ({
  attempts,
  endedAt,
  method,
  path,
  refused,
  startedAt,
  status
}: RequestRecord): string => {
  const at = EpochMs.toIso(endedAt).slice(0, 19)
  const why = [...attempts.map(attemptText), ...listOf(refused, (refused) => [refused])].join(
    " -> "
  )
  return `${at}Z ${method} ${path} ${status} in ${endedAt - startedAt} ms: ${why}`
}

const profileLines = (auth: GatewayTold["auth"], now: number): ReadonlyArray<string> => {
  if ("error" in auth) return [`The profiles cannot be read: ${auth.error.message}`]
  return [
    `Next credential: ${auth.explanation.chosen ?? "none available"}`,
    `Credentials: ${countWords(credentialCounts(auth.explanation))}`,
    ...auth.unusableProfiles
      .slice(0, maxCooling)
      .map(
        ({ kind, profileId, reason, remainingMs }) =>
          `Cooling down: ${profileId} (${reason ?? kind}), ${Duration.exact(remainingMs)} left`
      ),
    ...auth.explanation.candidates
      .flatMap(({ profile }) =>
        forecastLines(auth.windows, profile, now).map((line) => `${profile}: ${line}`)
      )
      .slice(0, maxForecasts)
  ]
}

/** Where it runs and since when. `now` is epoch ms. */
export const runningLines = (
  gateway: GatewayInfo | undefined,
  now: number
): ReadonlyArray<string> => {
  if (gateway === undefined)
    return ["Gateway is running on this state folder (an older version; restart it to see where)."]
  const { fleet, pid, startedAt, version } = gateway
  return [
    `Gateway running at ${boundTo(gateway)} (pid ${pid})`,
    `Version: ${version}, up ${Duration.exact(now - startedAt)}`,
    ...addressRows(gateway).map(
      ([name, value]) => `${name.charAt(0).toUpperCase()}${name.slice(1)}: ${value}`
    ),
    ...fleetLines(fleet)
  ]
}

/** The text for the terminal. `now` is epoch ms. */
export const toText = (
  { auth, budgets, gateway, requests }: GatewayTold,
  now: number
): ReadonlyArray<string> => [
  ...runningLines(gateway, now),
  ...profileLines(auth, now),
  ...listOf(budgets, budgetLines),
  ...(requests.length === 0 ? ["No requests yet."] : requests.map(requestLine))
]
