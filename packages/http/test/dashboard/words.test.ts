import { PlaceReason, RejectReason } from "@clawdbot/domain/Auth/Explanation"
import { placeWords, rejectionWords } from "@clawdbot/domain/Auth/explanationWords"
import * as FailureClass from "@clawdbot/domain/Health/FailureClass"
import * as Scope from "@clawdbot/domain/Health/Scope"
import * as Window from "@clawdbot/domain/Health/Window"
import { assert, describe, it } from "@effect/vitest"
import { pageModule } from "./pageModule.ts"

interface Words {
  readonly iso: (at: number) => string
  readonly clockTime: (at: number) => string
  readonly moment: (at: number) => string
  readonly bucketName: (at: number, isDay: boolean) => string
  readonly classWords: (failureClass: string) => string
  readonly sourceWords: (source: string) => string
  readonly scopeWords: (scope: string) => string
  readonly placeWords: (place: string) => string
  readonly rejectionWords: (reason: string, detail?: string) => string
}

/** The page's own module, which has no declarations. */
// What it exports is what the page's own type check sees.
const words = (await pageModule("words.js")) as Words

describe("times on the dashboard", () => {
  it("out of range are shown as the nearest one in range, and end nothing", () => {
    for (const at of [8.64e15 + 1, 1e306, Number.POSITIVE_INFINITY, Number.NaN, -1e300]) {
      assert.match(words.iso(at), /^\+?\d{4,6}-/)
      for (const text of [words.clockTime(at), words.moment(at), words.bucketName(at, true)])
        assert.match(text, /\d/)
    }
  })
})

const scopes: ReadonlyArray<readonly [scope: string, words: string]> = [
  ["credential", "all models"],
  ["group:opus-4", "opus-4 models"],
  ["input-tokens:opus-4", "input tokens opus-4"],
  ["requests:opus-4", "requests opus-4"],
  ["tokens:opus-4", "tokens opus-4"],
  ["output-tokens:opus-4", "output tokens opus-4"],
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
  ["lane:7:a", "lane 7:a"],
  ["zone:x", "zone x"],
  ["constructor", "constructor"]
]

describe("words for cooldowns", () => {
  it("are the same in the command and on the page, for every scope, class and source", () => {
    for (const [scope, expected] of scopes) {
      assert.strictEqual(Scope.wordsOf(scope), expected)
      assert.strictEqual(words.scopeWords(scope), expected)
    }
    for (const name of [...FailureClass.failureClasses, "quarantine", "constructor"])
      assert.strictEqual(words.classWords(name), FailureClass.wordsOf(name), name)
    for (const name of [...Object.keys(Window.sourceWords), "oracle", "constructor"])
      assert.strictEqual(words.sourceWords(name), Window.wordsOf(name), name)
  })

  it("every class has words, and a class of a newer version its name", () => {
    for (const name of FailureClass.failureClasses) assert.include(FailureClass.wordsOf(name), " ")
    assert.strictEqual(FailureClass.wordsOf("quarantine"), "quarantine")
  })

  it("no guess is shown as the provider's word", () => {
    for (const name of Window.GuessedSource.literals)
      assert.notInclude(Window.wordsOf(name), "set by the provider")
  })
})

describe("words for the order", () => {
  it("are those of the command, for every place and every reason not to be used", () => {
    for (const place of PlaceReason.literals)
      assert.strictEqual(words.placeWords(place), placeWords[place])
    for (const reason of RejectReason.literals)
      for (const detail of [undefined, "revoked"])
        assert.strictEqual(words.rejectionWords(reason, detail), rejectionWords(reason, detail))
  })

  it("a reason of a newer version is shown by its name", () => {
    assert.strictEqual(words.placeWords("by price"), "by price")
    assert.strictEqual(words.rejectionWords("over budget"), "not used: over budget")
  })
})
