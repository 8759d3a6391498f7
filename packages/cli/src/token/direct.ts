/** A credential from this machine's own stores. Loaded only where one is handed out. */

import type { AuthRequest } from "@clawdbot/domain/Auth/AuthRequest"
import { AuthResolver } from "@clawdbot/domain/Auth/AuthResolver"
import { issueToken } from "@clawdbot/domain/Auth/IssuedToken"
import { HealthStore } from "@clawdbot/domain/Health/HealthStore"
import * as RefreshMachine from "@clawdbot/node/OAuth/RefreshMachine"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { place } from "../claudeCode/place.ts"

/**
 * Resolved and refreshed here. Nobody is asked anything: the caller may be a program without a
 * person.
 */
export const direct = (request: AuthRequest) =>
  Effect.gen(function* () {
    const health = yield* HealthStore
    return yield* issueToken(request).pipe(
      Effect.provide(AuthResolver.Default.pipe(Layer.provide(RefreshMachine.layer(place(false))))),
      Effect.ensuring(Effect.ignore(health.flush))
    )
  })
