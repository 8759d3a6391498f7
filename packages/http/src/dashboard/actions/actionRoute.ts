/** Where the dashboard acts. What answers there is loaded with the first request. */
import * as Effect from "effect/Effect"
import type { ActionSources, HandleActions } from "./handleAction.ts"

/** Beside the control plane, and no part of what programs may ask it for. */
export const actionsPath = "/clawdbot/actions"

/** The handler of one gateway. */
export const make = (sources: ActionSources): HandleActions => {
  let loaded: HandleActions | undefined
  return (request, response) =>
    Effect.flatMap(
      Effect.promise(() => import("./handleAction.ts")),
      ({ make: makeHandler }) => {
        loaded ??= makeHandler(sources)
        return loaded(request, response)
      }
    )
}
