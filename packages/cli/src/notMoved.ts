/** Files whose credentials were moved to a shared store are used by no command. */
import { StatePaths } from "@clawdbot/domain/Environment/StatePaths"
import * as MovedMarker from "@clawdbot/node/Profile/movedMarker"
import * as Effect from "effect/Effect"

/** Fails where the credentials of the state folder are in a shared store, or on their way. */
export const notMoved = Effect.flatMap(StatePaths, ({ stateDir }) => MovedMarker.refuse(stateDir))
