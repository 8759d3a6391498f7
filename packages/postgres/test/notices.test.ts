/** How gateways hear of each other, also where they cannot listen, or something is refused. */
import { assert, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Redacted from "effect/Redacted"
import * as ConnectionUrl from "../src/connectionUrl.ts"
import * as Notices from "../src/Notices.ts"
import { DatabaseUnavailable } from "../src/StoreError.ts"
import { bareDatabase, describeWithServer, eventually } from "./store.ts"

/** Tasks of a gateway that count their runs; `fails` is what one of them fails with. */
const counted = (notices: typeof Notices.Notices.Service, fails?: { readonly code: string }) => {
  const runs = { answers: 0, grants: 0, looks: 0 }
  const at: Array<number> = []
  const count = (name: keyof typeof runs) =>
    Effect.sync(() => {
      runs[name] += 1
    })
  const answers = Effect.suspend(() => {
    // real time: the pauses between connections of a real client are looked at.
    at.push(performance.now())
    if (fails === undefined) return Effect.void
    return Effect.fail(new DatabaseUnavailable({ where: "here", code: fails.code }))
  })
  notices.onConnect({ stage: "grants", task: "grants", run: count("grants") })
  notices.onConnect({
    stage: "answers",
    task: "answers",
    run: Effect.zipRight(count("answers"), answers)
  })
  notices.onLook({ task: "looks", run: count("looks") })
  return { at, runs }
}

const listening = (listenOn?: ConnectionUrl.ConnectionUrl) =>
  Effect.map(Layer.build(Layer.provide(Notices.layer(listenOn), bareDatabase())), (context) =>
    Context.get(context, Notices.Notices)
  )

describeWithServer("notices", () => {
  it.scopedLive("are looked for, and what is owed is told, where nobody can listen", () =>
    Effect.gen(function* () {
      const warnings: Array<string> = []
      const logger = Logger.make(({ annotations, message }) => {
        warnings.push(`${message} ${JSON.stringify([...annotations])}`)
      })
      const nowhere = ConnectionUrl.check(Redacted.make("postgres://127.0.0.1:1/x"), "listenUrl")
      const notices = yield* Effect.provide(
        listening(Either.getOrThrow(nowhere)),
        Logger.replace(Logger.defaultLogger, logger)
      )
      const { runs } = counted(notices)
      yield* eventually(
        Effect.sync(() => runs.looks),
        (looks) => looks > 0
      )
      assert.deepInclude(runs, { answers: 1, grants: 1 })
      assert.isAbove(notices.upFor() ?? 0, 0)
      yield* eventually(
        Effect.sync(() => warnings),
        (found) => found.length > 0
      )
      assert.match(warnings.join("\n"), /cannot be listened to.*127\.0\.0\.1:1\/x.*ECONNREFUSED/)
    })
  )

  it.scopedLive("keep up with everything but what the database refuses", () =>
    Effect.gen(function* () {
      const { runs } = counted(yield* listening(), { code: "22P02" })
      yield* eventually(
        Effect.sync(() => runs.looks),
        (looks) => looks > 0
      )
      assert.deepInclude(runs, { answers: 1, grants: 1 })
    })
  )

  it.scopedLive("are tried again ever more slowly while the database is away", () =>
    Effect.gen(function* () {
      const { at, runs } = counted(yield* listening(), { code: "57P03" })
      yield* eventually(
        Effect.sync(() => at),
        (tries) => tries.length > 8
      )
      assert.deepInclude(runs, { grants: 0, looks: 0 })
      // Each try is noted twice; four pauses take 800 ms at least, and 400 at most if none grew.
      assert.isAbove((at.at(-1) ?? 0) - (at[0] ?? 0), 790)
    })
  )
})
