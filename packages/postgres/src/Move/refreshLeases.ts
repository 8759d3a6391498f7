/** Keeps logins from being refreshed while their folder changes hands. */
import { LeaseUnavailable, RefreshLease } from "@clawdbot/domain/OAuth/RefreshLease"
import * as Effect from "effect/Effect"
import { FolderInUse } from "./MoveError.ts"

/** Runs an effect while nobody refreshes any of these logins; fails where somebody does. */
export const holdingLeases = <A, E, R>(
  folder: string,
  fingerprints: ReadonlyArray<string>,
  use: Effect.Effect<A, E, R>
): Effect.Effect<A, E | FolderInUse, R | RefreshLease> =>
  Effect.flatMap(RefreshLease, ({ withLease }) => {
    let held: Effect.Effect<A, E | LeaseUnavailable, R> = use
    for (const fingerprint of fingerprints) {
      const inner = held
      held = withLease(fingerprint, () => inner)
    }
    return Effect.mapError(held, (error): E | FolderInUse => {
      if (error instanceof LeaseUnavailable) return new FolderInUse({ folder, by: "refresh" })
      return error
    })
  })
