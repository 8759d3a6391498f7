/** What the gateway that runs on this state folder says of the provider's prompt cache. */
import { StatePaths } from "@clawdbot/domain/Environment/StatePaths"
import { socketPath } from "@clawdbot/http/control/ControlSocket"
import * as Effect from "effect/Effect"
import { GatewayNotRunning } from "../CliError.ts"
import { control } from "./controlClient.ts"

/** Of the time since a moment, in epoch ms, as far as the gateway knows it. */
export const ask = Effect.fnUntraced(function* (since: number) {
  const { stateDir } = yield* StatePaths
  const client = yield* control
  return yield* Effect.mapError(
    client.cache({ urlParams: { since } }),
    () => new GatewayNotRunning({ path: socketPath(stateDir) })
  )
})
