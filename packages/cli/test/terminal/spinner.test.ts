/** What turns during a wait: when it appears, and that it leaves every other line whole. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/TestClock"
import { makeSpinner } from "../../src/terminal/spinner.ts"

const written = () => {
  const texts: Array<string> = []
  return { spinner: makeSpinner((text) => void texts.push(text)), texts }
}
const cleared = "\r\u001b[K"

describe("a spinner", () => {
  it.effect("shows nothing of a wait that is over within a moment", () =>
    Effect.gen(function* () {
      const { spinner, texts } = written()
      const waiting = yield* Effect.fork(spinner.during("waiting", Effect.sleep(299)))
      yield* TestClock.adjust(299)
      yield* Fiber.join(waiting)
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual(texts, [])
    })
  )

  it.effect("turns during a longer one and clears its row at the end, however that comes", () =>
    Effect.gen(function* () {
      for (const end of [Effect.void, Effect.fail("broken"), Effect.interrupt]) {
        const { spinner, texts } = written()
        const wait = Effect.zipRight(Effect.sleep(550), end)
        const waiting = yield* Effect.fork(spinner.during("waiting", wait))
        yield* TestClock.adjust(550)
        yield* Effect.exit(Fiber.join(waiting))
        yield* TestClock.adjust("1 minute")
        const turns = ["|", "/", "-"].map((frame) => `\r${frame} waiting\u001b[K`)
        assert.deepStrictEqual(texts, [...turns, cleared])
      }
    })
  )

  it.effect("gives its row to a line, and comes back below it", () =>
    Effect.gen(function* () {
      const { spinner, texts } = written()
      const waiting = yield* Effect.fork(spinner.during("waiting", Effect.sleep(450)))
      yield* TestClock.adjust(350)
      spinner.hide()
      spinner.hide()
      yield* TestClock.adjust(100)
      yield* Fiber.join(waiting)
      const rows = ["\r| waiting\u001b[K", cleared, "\r/ waiting\u001b[K", cleared]
      assert.deepStrictEqual(texts, rows)
    })
  )

  it.effect("turns once for a wait within another one, with the words of the inner one", () =>
    Effect.gen(function* () {
      const { spinner, texts } = written()
      const inner = Effect.zipRight(Effect.sleep(350), spinner.during("inner", Effect.sleep(100)))
      const outer = Effect.zipRight(inner, Effect.sleep(100))
      const waiting = yield* Effect.fork(spinner.during("outer", outer))
      yield* TestClock.adjust(550)
      assert.isTrue(Exit.isSuccess(yield* Fiber.await(waiting)))
      const words = texts.map((text) => /(inner|outer)/.exec(text)?.[0])
      assert.deepStrictEqual(words, ["outer", "inner", "outer", undefined])
    })
  )
})
