/**
 * The policies of this package together, over whichever ports there are: what every shell
 * composes (docs/architecture.md, "Ports").
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Affinity from "./Auth/Affinity.ts"
import * as AnswerReports from "./Auth/AnswerReports.ts"
import * as AuthResolver from "./Auth/AuthResolver.ts"
import * as Failover from "./Auth/Failover.ts"
import * as Snapshots from "./Auth/Snapshots.ts"
import * as StatusReport from "./Status/StatusReport.ts"

/** Gives an effect the policies, without a layer: a gateway's start is short of time. */
export const provide = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  effect.pipe(
    Effect.provideServiceEffect(StatusReport.StatusReport, StatusReport.service),
    Effect.provideServiceEffect(AnswerReports.AnswerReports, AnswerReports.service),
    Effect.provideServiceEffect(Failover.Failover, Failover.service),
    Effect.provideServiceEffect(AuthResolver.AuthResolver, AuthResolver.service),
    Effect.provideServiceEffect(Snapshots.Snapshots, Snapshots.service),
    Effect.provideServiceEffect(Affinity.Affinity, Affinity.service)
  )

const policies = [
  Affinity.Affinity,
  AnswerReports.AnswerReports,
  AuthResolver.AuthResolver,
  Failover.Failover,
  StatusReport.StatusReport
] as const

/** `Failover`, `AuthResolver`, `AnswerReports`, `Affinity` and `StatusReport`. */
export const layer = Layer.effectContext(
  Effect.context<Context.Tag.Identifier<(typeof policies)[number]>>().pipe(
    Effect.map(Context.pick(...policies)),
    provide
  )
)
