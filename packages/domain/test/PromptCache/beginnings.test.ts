/** A body that begins like the one before it: its sketch is that of one read from its start. */
import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as FastCheck from "effect/FastCheck"
import * as Schema from "effect/Schema"
import { Beginnings, maxBeginnings, maxElements } from "../../src/PromptCache/Beginnings.ts"
import type { Beginning } from "../../src/PromptCache/PrefixBody.ts"
import type { PrefixSketch } from "../../src/PromptCache/prefixSketch.ts"
import { body, mark, sketchOf, text } from "./bodies.ts"

/** All of a sketch that is told of it, places included. */
const shown = ({ beginning, chain, placeOf, ...rest }: PrefixSketch) => ({
  ...rest,
  beginning,
  chain: [...chain],
  places: [...chain, 0].map((_, index) => placeOf(index))
})

/** The same, read from the start and read on from another body. */
const assertSame = (sent: unknown, before: Beginning | undefined): PrefixSketch => {
  const whole = sketchOf(sent, 3)
  assert.deepStrictEqual(shown(sketchOf(sent, 3, before)), shown(whole))
  return whole
}

const Edit = Schema.Struct({
  words: Schema.Array(Schema.String),
  /** What happens to the rest of the body, by number. */
  kind: Schema.Int.pipe(Schema.between(0, 8)),
  at: Schema.Int.pipe(Schema.between(0, 30))
})

/** The body of a turn, with one of the things that clients do to what stands before it. */
const edited = (turns: ReadonlyArray<string>, { at, kind }: typeof Edit.Type): unknown => {
  const plain = body(turns)
  const { messages, ...rest } = plain
  switch (kind) {
    case 0:
      return { ...plain, max_tokens: at }
    case 1:
      return { ...rest, thinking: { budget_tokens: at }, messages }
    case 2:
      return { messages, ...rest }
    case 3:
      return { ...plain, system: [{ ...text(`Rules, ${at}.`), ...mark() }] }
    case 4:
      return {
        ...plain,
        messages: messages.with(at % messages.length, { role: "user", content: [] })
      }
    case 5:
      return {
        ...plain,
        messages: messages.map(({ content, role }) => ({
          role,
          content: content.map(({ text: words }) => text(words))
        }))
      }
    case 6:
      return { ...plain, ...mark("1h") }
    case 7:
      return `${JSON.stringify(plain).slice(0, -1)}, "tool_choice": {"type":"auto"} }`
    default:
      return plain
  }
}

describe("the beginning of a body", () => {
  it("that is known leads to the same sketch, whatever the next request changes", () => {
    FastCheck.assert(
      FastCheck.property(FastCheck.array(Arbitrary.make(Edit), { maxLength: 8 }), (edits) => {
        let turns: ReadonlyArray<string> = ["hello"]
        let before: Beginning | undefined
        for (const edit of edits) {
          turns = [...turns, ...edit.words, "and"]
          before = assertSame(edited(turns, edit), before).beginning
        }
      })
    )
  })

  it("ends with the first message that has a breakpoint: all before it is not read again", () => {
    const turns = Array.from({ length: 20 }, (_, index) => `turn ${index}`)
    const { beginning } = sketchOf(body(turns))
    assert.strictEqual(beginning?.position, 19)
    assert.strictEqual(beginning?.sections.messages.length, 19)
    const next = JSON.stringify(body([...turns, "more"]))
    assert.strictEqual(
      next.slice(0, beginning?.end),
      JSON.stringify(body(turns)).slice(0, beginning?.end)
    )
    assert.isAbove(beginning?.end ?? 0, next.length / 2)
  })

  it("is kept of so many conversations, the last used ones, and of none that is too long", () => {
    const kept = new Beginnings()
    const { beginning } = sketchOf(body(["hello"]))
    for (let index = 0; index < maxBeginnings + 5; index++) kept.keep(`c${index}`, beginning)
    assert.strictEqual(kept.size, maxBeginnings)
    assert.isUndefined(kept.of("c4"))
    assert.strictEqual(kept.of("c5"), beginning)
    const long = sketchOf(body(Array.from({ length: maxElements + 2 }, () => "turn"))).beginning
    kept.keep("c5", long)
    assert.isUndefined(kept.of("c5"))
  })
})
