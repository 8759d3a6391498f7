/** Waits that a person sees: of the provider, of a gateway, of the shared store. */
import * as Effect from "effect/Effect"
import { IoStreams } from "./IoStreams.ts"

/** Runs an effect, with a spinner and a few words beside it once it takes longer than a moment. */
export const withSpinner = <A, E, R>(
  words: string,
  waiting: Effect.Effect<A, E, R>
): Effect.Effect<A, E, R | IoStreams> =>
  Effect.flatMap(IoStreams, ({ spinner }) => spinner.during(words, waiting))

const forStore = "waiting for the shared store"

/** Opens the shared store, or asks something of it. */
export const openingStore = <A, E, R>(
  opening: Effect.Effect<A, E, R>
): Effect.Effect<A, E, R | IoStreams> => withSpinner(forStore, opening)

/** What stands around each wait for the shared store. */
export const waitingForStore = Effect.map(
  IoStreams,
  ({ spinner }) =>
    <A, E, R>(waiting: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
      spinner.during(forStore, waiting)
)

/** Asks the gateway that runs on this state folder. */
export const askingGateway = <A, E, R>(
  asking: Effect.Effect<A, E, R>
): Effect.Effect<A, E, R | IoStreams> => withSpinner("waiting for the gateway", asking)
