/** What a running gateway tells of its last requests, for people. */
import { StatePaths } from "@clawdbot/domain/Environment/StatePaths"
import { socketPath } from "@clawdbot/http/control/ControlSocket"
import type { RequestRecord } from "@clawdbot/http/control/RequestLog"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import { GatewayNotRunning } from "../CliError.ts"
import { attemptText } from "./banner.ts"
import { control } from "./controlClient.ts"

const shown = 20

/** The last requests of the gateway, newest first. */
export const lastRequests = Effect.gen(function* () {
  const { stateDir } = yield* StatePaths
  const client = yield* control
  return yield* client
    .requests({ urlParams: { limit: shown } })
    .pipe(Effect.mapError(() => new GatewayNotRunning({ path: socketPath(stateDir) })))
})

const line = ({ attempts, endedAt, method, path, refused, startedAt, status }: RequestRecord): string => {
  const at = DateTime.formatIso(DateTime.unsafeMake(endedAt)).slice(0, 19)
  const why = [...attempts.map(attemptText), ...(refused === undefined ? [] : [refused])].join(" -> ")
  return `${at}Z ${method} ${path} ${status} in ${endedAt - startedAt} ms: ${why}`
}

/** The text for the terminal. */
export const toText = (requests: ReadonlyArray<RequestRecord>): string =>
  ["a gateway runs on this state folder", ...(requests.length === 0 ? ["no request yet"] : requests.map(line))].join(
    "\n"
  )
