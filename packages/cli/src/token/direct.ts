/** Credentials from this machine's own stores. Loaded where one is handed out or reported on. */

import { AnswerReports } from "@clawdbot/domain/Auth/AnswerReports"
import type { AuthRequest } from "@clawdbot/domain/Auth/AuthRequest"
import { AuthResolver } from "@clawdbot/domain/Auth/AuthResolver"
import { issueToken } from "@clawdbot/domain/Auth/IssuedToken"
import type { AnswerReport } from "@clawdbot/domain/Auth/reportOutcome"
import { HealthStore } from "@clawdbot/domain/Health/HealthStore"
import { OAuthRefresh } from "@clawdbot/domain/OAuth/OAuthRefresh"
import * as PublicFingerprintFile from "@clawdbot/node/Auth/PublicFingerprintFile"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import { refreshLogins } from "../refreshLogins.ts"

/** The caller may be a program without a person: no question is asked. */
const logins = refreshLogins(false)

/**
 * The same, made of its ports when a login is first asked of it: a key is handed out without. Until
 * then nothing is known of a login without an effect.
 */
const lateLogins = Layer.scoped(
  OAuthRefresh,
  Effect.gen(function* () {
    const context = yield* Effect.context<Layer.Layer.Context<typeof logins> | Scope.Scope>()
    const refresh = yield* Effect.cached(
      Layer.build(logins).pipe(
        Effect.map((made) => Context.get(made, OAuthRefresh)),
        Effect.provide(context)
      )
    )
    return OAuthRefresh.of({
      ensureFresh: (login) => Effect.flatMap(refresh, (made) => made.ensureFresh(login)),
      afterRefusal: (login, refused) =>
        Effect.flatMap(refresh, (made) => made.afterRefusal(login, refused)),
      refreshNow: (login) => Effect.flatMap(refresh, (made) => made.refreshNow(login)),
      current: () => undefined
    })
  })
)

/**
 * A credential, resolved and refreshed here. `isNamed`: with a name for this version of its secret,
 * for which a key is read and Node's cryptography loaded.
 */
export const issue = (request: AuthRequest, isNamed: boolean) => {
  const issued = issueToken(request).pipe(
    Effect.provide(AuthResolver.Default.pipe(Layer.provideMerge(lateLogins)))
  )
  return isNamed ? Effect.provide(issued, PublicFingerprintFile.layer) : issued
}

/**
 * What came of a report, taken here. It is said only once it counts for the next program: a report
 * that cannot be stored has failed.
 */
export const takeReport = (report: AnswerReport) =>
  Effect.flatMap(AnswerReports, ({ take }) => take(report)).pipe(
    Effect.provide(
      AnswerReports.Default.pipe(
        Layer.provideMerge(Layer.merge(logins, PublicFingerprintFile.layer))
      )
    ),
    Effect.zipLeft(Effect.flatMap(HealthStore, ({ flush }) => flush))
  )
