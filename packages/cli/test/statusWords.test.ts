import { failureClasses } from "@clawdbot/domain/Health/FailureClass"
import { GuessedSource, StatedSource } from "@clawdbot/domain/Health/Window"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as command from "../src/statusWords.ts"

/** What the command and the page of the dashboard both say. */
interface Words {
  readonly classWords: (failureClass: string) => string
  readonly sourceWords: (source: string) => string
  readonly scopeWords: (scope: string) => string
}

const dashboard = Effect.promise((): Promise<Words> => {
  const page = new URL("../../http/src/dashboard/page/words.js", import.meta.url)
  return import(page.href)
})

const scopes: ReadonlyArray<readonly [scope: string, words: string]> = [
  ["credential", "all models"],
  ["group:opus-4", "opus-4 models"],
  ["input-tokens:opus-4", "input tokens opus-4"],
  ["requests:opus-4", "requests opus-4"],
  ["fast:opus-5", "opus-5 models in fast mode"],
  ["path:count_tokens", "count_tokens requests"],
  ["5h", "5-hour"],
  ["7d:fable", "7-day fable"],
  ["overage", "extra usage"],
  // Of the first edition.
  ["model:opus", "opus models"],
  ["input-tokens", "input tokens"],
  // Of a newer version.
  ["lane", "lane"],
  ["lane:7:a", "lane 7:a"]
]

describe("words for pauses", () => {
  it.effect("are the same in the command and on the page, for every scope, class and source", () =>
    Effect.gen(function* () {
      const page = yield* dashboard
      for (const [scope, words] of scopes) {
        assert.strictEqual(command.scopeWords(scope), words)
        assert.strictEqual(page.scopeWords(scope), words)
      }
      for (const name of [...failureClasses, "quarantine"])
        assert.strictEqual(page.classWords(name), command.classWords(name), name)
      for (const name of [...StatedSource.literals, ...GuessedSource.literals, "oracle"])
        assert.strictEqual(page.sourceWords(name), command.sourceWords(name), name)
    })
  )

  it("every class has words, and a class of a newer version its name", () => {
    for (const name of failureClasses) assert.include(command.classWords(name), " ")
    assert.strictEqual(command.classWords("quarantine"), "quarantine")
  })

  it("no guess is shown as the provider's word", () => {
    for (const name of GuessedSource.literals)
      assert.notInclude(command.sourceWords(name), "set by the provider")
  })
})
