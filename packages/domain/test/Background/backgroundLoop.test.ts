import * as BackgroundLoop from "@clawdbot/domain/Background/backgroundLoop"
import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as HashMap from "effect/HashMap"
import * as Logger from "effect/Logger"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import * as Scope from "effect/Scope"
import * as TestClock from "effect/TestClock"

/** Runs a program and gives what it logged, as `message task error`. */
const logged = <A, E, R>(program: Effect.Effect<A, E, R>) =>
  Effect.suspend(() => {
    const lines: Array<string> = []
    const logger = Logger.make(({ annotations, message }) => {
      const of = (name: string) =>
        annotations.pipe(HashMap.get(name), (found) => (found._tag === "Some" ? found.value : ""))
      lines.push(`${String(message)} [${String(of("task"))}] ${String(of("error"))}`)
    })
    return Effect.as(Effect.provide(program, Logger.replace(Logger.defaultLogger, logger)), lines)
  })

const everySecond = { task: "test", schedule: Schedule.spaced("1 second") }

describe("a background loop", () => {
  const endings: ReadonlyArray<readonly [string, Effect.Effect<never, unknown>]> = [
    ["a typed failure", Effect.fail("refused")],
    ["a defect", Effect.die(new RangeError("Maximum call stack size exceeded"))],
    ["an interruption from within", Effect.interrupt],
    [
      "a defect in a finalizer",
      Effect.never.pipe(
        Effect.timeout("10 millis"),
        Effect.ensuring(Effect.dieMessage("cannot clean up"))
      )
    ]
  ]
  for (const [name, ending] of endings) {
    it.scoped(`goes on after ${name}, and says so`, () =>
      Effect.gen(function* () {
        let runs = 0
        const lines = yield* logged(
          Effect.gen(function* () {
            yield* BackgroundLoop.start(
              everySecond,
              Effect.suspend(() => {
                runs += 1
                return runs === 2 ? ending : Effect.void
              })
            )
            yield* TestClock.adjust("10 seconds")
          })
        )
        assert.isAtLeast(runs, 8)
        assert.strictEqual(lines.length, 1)
        assert.include(lines[0], "a background task failed; it will be retried [test]")
      })
    )
  }

  for (const startsAtOnce of [true, false])
    it.scoped(`waits as by a schedule, from ${startsAtOnce ? "once" : "then"} on`, () =>
      Effect.gen(function* () {
        const runsOf = (options: BackgroundLoop.BackgroundLoopOptions<never>) =>
          Effect.gen(function* () {
            const runs: Array<number> = []
            yield* BackgroundLoop.start(
              options,
              Effect.gen(function* () {
                runs.push(yield* Clock.currentTimeMillis)
                // A run that takes a while, and one that fails: the wait begins after each of them.
                yield* Effect.sleep(runs.length === 3 ? "700 millis" : 0)
                if (runs.length === 5) yield* Effect.fail("refused")
              })
            )
            return runs
          })
        const task = { task: "test", startsAtOnce }
        yield* logged(
          Effect.gen(function* () {
            const scheduled = yield* runsOf({ ...task, schedule: Schedule.spaced("1 second") })
            const waited = yield* runsOf({ ...task, every: "1 second" })
            yield* TestClock.adjust("20 seconds")
            assert.isAtLeast(waited.length, 15)
            assert.deepStrictEqual(waited, scheduled)
          })
        )
      })
    )

  it.scoped("the same failure is logged once a minute, another one at once", () =>
    Effect.gen(function* () {
      let failure = "first"
      const lines = yield* logged(
        Effect.gen(function* () {
          yield* BackgroundLoop.start(
            everySecond,
            Effect.suspend(() => Effect.fail(failure))
          )
          yield* TestClock.adjust("30 seconds")
          failure = "second"
          yield* TestClock.adjust("90 seconds")
        })
      )
      assert.deepStrictEqual(
        lines.map((line) => line.split("] ")[1]),
        ["first", "second", "second"]
      )
    })
  )

  it.scoped("is tried again within three seconds, however often it failed", () =>
    Effect.gen(function* () {
      let runs = 0
      yield* logged(
        Effect.gen(function* () {
          yield* BackgroundLoop.start(
            everySecond,
            Effect.suspend(() => {
              runs += 1
              return Effect.die("broken")
            })
          )
          yield* TestClock.adjust("2 minutes")
          const before = runs
          yield* TestClock.adjust("3 seconds")
          assert.isAtLeast(runs - before, 1)
        })
      )
      assert.isAtMost(runs, 60)
    })
  )

  it.effect("ends with its scope, also while a run is under way", () =>
    Effect.gen(function* () {
      let interrupted = 0
      yield* Effect.scoped(
        Effect.gen(function* () {
          yield* BackgroundLoop.start(
            { ...everySecond, startsAtOnce: true },
            Effect.onInterrupt(Effect.never, () =>
              Effect.sync(() => {
                interrupted += 1
              })
            )
          )
          yield* TestClock.adjust("5 seconds")
        })
      )
      assert.strictEqual(interrupted, 1)
    })
  )

  it.scoped("starts when the schedule says so, or at once", () =>
    Effect.gen(function* () {
      const runs: Array<string> = []
      const note = (name: string) => Effect.sync(() => void runs.push(name))
      yield* BackgroundLoop.start(everySecond, note("later"))
      yield* BackgroundLoop.start({ ...everySecond, startsAtOnce: true }, note("at once"))
      yield* TestClock.adjust("999 millis")
      assert.deepStrictEqual(runs, ["at once"])
      yield* TestClock.adjust("1 millis")
      assert.sameMembers(runs, ["at once", "at once", "later"])
    })
  )

  it.effect("parts that must not keep each other from running are logged each for itself", () =>
    Effect.gen(function* () {
      const survive = BackgroundLoop.makeSurvive()
      let ran = 0
      const lines = yield* logged(
        Effect.repeat(
          Effect.all([
            survive("one", Effect.die("broken")),
            survive("two", Effect.fail("broken")),
            survive(
              "three",
              Effect.sync(() => void ran++)
            )
          ]),
          Schedule.recurs(9)
        )
      )
      assert.deepStrictEqual(
        lines.map((line) => /\[.*/.exec(line)?.[0]),
        ["[one] broken", "[two] broken"]
      )
      assert.strictEqual(ran, 10)
    })
  )

  it.effect("ends also when it is stopped while a scope of its work closes", () =>
    Effect.gen(function* () {
      const isClosing = yield* Deferred.make<void>()
      const mayClose = yield* Deferred.make<void>()
      const scope = yield* Scope.make()
      const inner = Effect.scoped(Effect.addFinalizer(() => Effect.void))
      const work = Effect.addFinalizer(() =>
        Effect.zipRight(Deferred.succeed(isClosing, undefined), Deferred.await(mayClose))
      ).pipe(Effect.zipRight(inner), Effect.scoped)
      yield* BackgroundLoop.start({ ...everySecond, startsAtOnce: true }, work).pipe(
        Scope.extend(scope)
      )
      yield* Deferred.await(isClosing)
      const stopped = yield* Effect.fork(Scope.close(scope, Exit.void))
      yield* Effect.yieldNow()
      yield* Deferred.succeed(mayClose, undefined)
      for (let turn = 0; turn < 100; turn++) yield* Effect.yieldNow()
      assert.isTrue(Option.isSome(yield* Fiber.poll(stopped)), "it goes on")
    })
  )

  it.effect("what a parser quotes of a text is not logged", () =>
    Effect.gen(function* () {
      const lines = yield* logged(
        BackgroundLoop.makeSurvive()(
          "reading",
          Effect.sync(() => JSON.parse('{"key": "sk-ant-api03-SECRET" oops}'))
        )
      )
      assert.strictEqual(lines.length, 1)
      assert.include(lines[0], "SyntaxError")
      assert.notInclude(lines.join(), "SECRET")
    })
  )
})
