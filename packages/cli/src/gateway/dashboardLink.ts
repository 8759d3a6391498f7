/** A link to the dashboard, asked of the gateway that runs on this state folder. */
import { StatePaths } from "@clawdbot/domain/Environment/StatePaths"
import { socketPath } from "@clawdbot/http/control/ControlSocket"
import * as Effect from "effect/Effect"
import { GatewayNotRunning } from "../CliError.ts"
import { control } from "./controlClient.ts"

/** The link, and until when it may be opened (epoch ms). */
export const dashboardLink = Effect.gen(function* () {
  const { stateDir } = yield* StatePaths
  const client = yield* control
  return yield* client
    .dashboard()
    .pipe(Effect.mapError(() => new GatewayNotRunning({ path: socketPath(stateDir) })))
})
