/**
 * How long a notice takes through the database: this gateway tells itself something now and then.
 * Where none comes back the lag grows, so that a listener that hears nothing is seen.
 */
import { randomUUID } from "node:crypto"
import * as BackgroundLoop from "@clawdbot/domain/Background/backgroundLoop"
import { storeNoticeLag } from "@clawdbot/domain/Metric/processMetrics"
import * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"
import * as Stream from "effect/Stream"
import { inRealTime } from "./realTime.ts"

/** The kind of such a notice, which only its sender heeds. */
const noticeKind = "lag"

/** How often it is measured, and for how long a notice is waited for. */
const measureEvery = "15 seconds"
const longestLag = "10 seconds"

/** What notices are sent and heard by. */
interface Channel {
  readonly send: (kind: string, text: string) => Effect.Effect<void>
  readonly heard: (kind: string) => Stream.Stream<string>
}

/** Measures for as long as the scope is open. */
export const measure = (notices: Channel) =>
  Effect.suspend(() => {
    const instance = randomUUID()
    const once = Effect.suspend(() => {
      const begun = performance.now()
      const own = Stream.filter(notices.heard(noticeKind), (text) => text === instance)
      // Listened to first: a stream hears only what comes later.
      const heard = Stream.runHead(own)
      return Effect.raceFirst(
        heard,
        // real time: it is sent once the other side of the race listens.
        Effect.zipRight(Effect.delay(notices.send(noticeKind, instance), 1), Effect.never)
      ).pipe(
        Effect.timeoutOption(longestLag),
        Effect.zipRight(
          Effect.suspend(() =>
            Metric.set(storeNoticeLag.metric, (performance.now() - begun) / 1_000)
          )
        )
      )
    })
    return inRealTime(
      BackgroundLoop.start(
        { task: "measuring the notices of the store", every: measureEvery },
        once
      )
    )
  })
