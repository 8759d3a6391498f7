/** Credentials from this machine's own stores. Loaded where one is handed out or reported on. */

import { AnswerReports } from "@clawdbot/domain/Auth/AnswerReports"
import type { AuthRequest } from "@clawdbot/domain/Auth/AuthRequest"
import { AuthResolver } from "@clawdbot/domain/Auth/AuthResolver"
import { issueToken } from "@clawdbot/domain/Auth/IssuedToken"
import type { AnswerReport } from "@clawdbot/domain/Auth/reportOutcome"
import { Snapshots } from "@clawdbot/domain/Auth/Snapshots"
import { HealthStore } from "@clawdbot/domain/Health/HealthStore"
import * as LateRefresh from "@clawdbot/domain/OAuth/lateRefresh"
import * as PublicFingerprintFile from "@clawdbot/node/Auth/PublicFingerprintFile"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"

/**
 * The refresh, loaded when a login has to be renewed. The caller may be a program without a person:
 * no question is asked.
 */
const logins = LateRefresh.layer(
  Effect.map(
    Effect.promise(() => import("../refreshLogins.ts")),
    ({ refreshLogins }) => refreshLogins(false)
  )
)

/**
 * A credential, resolved and refreshed here. `isNamed`: with a name for this version of its secret,
 * for which a key is read and Node's cryptography loaded.
 */
export const issue = (request: AuthRequest, isNamed: boolean) => {
  const issued = issueToken(request).pipe(
    // One after the other: layers that are made into one take a fiber each to build.
    Effect.provide(AuthResolver.DefaultWithoutDependencies),
    Effect.provide(Snapshots.Default),
    Effect.provide(logins)
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
