/** The gateway's tokens for commands: those of the state folder, or of a store that is shared. */
import type { AccessTokens } from "@clawdbot/domain/Client/AccessTokens"
import * as AccessTokensFile from "@clawdbot/node/Client/AccessTokensFile"
import * as Effect from "effect/Effect"
import { notMoved } from "../notMoved.ts"
import { sharedSnapshot } from "../sharedStore/sharedSnapshot.ts"

/** Gives an effect the tokens of the store that the config names, else those of files. */
export const withAccessTokens = <A, E, R>(effect: Effect.Effect<A, E, R | AccessTokens>) =>
  Effect.gen(function* () {
    const snapshot = yield* sharedSnapshot
    if (snapshot === undefined) {
      yield* notMoved
      return yield* Effect.provide(effect, AccessTokensFile.layer)
    }
    const { access } = yield* Effect.promise(() => import("../sharedStore/openStore.ts"))
    return yield* Effect.provide(effect, access(snapshot))
  })
