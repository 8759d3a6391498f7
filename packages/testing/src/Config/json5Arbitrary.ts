/**
 * Random JSON5 documents in many hands: quotes, comments, trailing commas, newlines, indentation,
 * odd numbers.
 */
import { listIf } from "@clawdbot/domain/Document/listIf"
import { textIf } from "@clawdbot/domain/Text/textIf"
import { steps } from "@clawdbot/json5-edit/JsonValue"
import * as fc from "effect/FastCheck"

/** A value with one way of writing it. */
export interface Written {
  readonly value: unknown
  readonly text: string
}

const names = [
  "a",
  "b",
  "c",
  "agents",
  "model",
  "x-y",
  "a.b",
  "",
  "$",
  "_1",
  "über",
  "true",
  "with space",
  "'",
  '"',
  "__proto__"
]

const blank = (newline: string): fc.Arbitrary<string> =>
  fc.oneof(
    { weight: 5, arbitrary: fc.constantFrom("", " ", "  ", newline, `${newline}  `, "\t") },
    {
      weight: 2,
      arbitrary: fc.constantFrom(
        `// note${newline}`,
        "/* c */",
        `/* two${newline} lines */`,
        `  // {a: "b", c: [1]}${newline}`
      )
    }
  )

const scalar: fc.Arbitrary<Written> = fc.oneof(
  fc.constantFrom<Written>(
    { value: null, text: "null" },
    { value: true, text: "true" },
    { value: 255, text: "0xFF" },
    { value: 0.5, text: ".5" },
    { value: 5, text: "5." },
    { value: 1, text: "+1" },
    { value: Number.POSITIVE_INFINITY, text: "Infinity" },
    { value: "ab", text: "'a\\\nb'" },
    { value: "\v\0", text: "'\\v\\0'" },
    { value: 'it"s', text: "'it\"s'" }
  ),
  fc.integer().map((value) => ({ value, text: String(value) })),
  fc.string().map((value) => ({ value, text: JSON.stringify(value) })),
  fc
    .constantFrom("// no comment", "/* none */", "a,b", "{", "sk-x")
    .map((value) => ({ value, text: `'${value}'` }))
)

const keyText = (name: string): fc.Arbitrary<string> =>
  fc.constantFrom(
    JSON.stringify(name),
    ...listIf(/^[A-Za-z_$ü][\w$]*$/.test(name), name),
    ...listIf(!name.includes("'"), `'${name.replaceAll('"', '\\"')}'`)
  )

const list = (
  items: ReadonlyArray<string>,
  open: string,
  close: string,
  newline: string
): fc.Arbitrary<string> =>
  fc
    .record({
      blanks: fc.array(blank(newline), {
        minLength: items.length * 2 + 2,
        maxLength: items.length * 2 + 2
      }),
      comma: fc.boolean()
    })
    .map(({ blanks, comma }) => {
      const body = items
        .map(
          (item, index) =>
            `${blanks[index * 2]}${item}${blanks[index * 2 + 1]}${textIf(index < items.length - 1 || comma, ",")}`
        )
        .join("")
      return `${open}${body}${blanks.at(-1)}${close}`
    })

const value = (depth: number, newline: string): fc.Arbitrary<Written> => {
  if (depth === 0) return scalar
  return fc.oneof(
    { weight: 1, arbitrary: scalar },
    { weight: 3, arbitrary: object(depth, newline) },
    {
      weight: 1,
      arbitrary: fc.array(value(depth - 1, newline), { maxLength: 3 }).chain((items) =>
        list(
          items.map(({ text }) => text),
          "[",
          "]",
          newline
        ).map((text) => ({ value: items.map((item) => item.value), text }))
      )
    }
  )
}

/** An object; keys may stand twice, the last one counts. */
const object = (depth: number, newline: string): fc.Arbitrary<Written> =>
  fc
    .array(
      fc.constantFrom(...names).chain((name) =>
        fc.record({
          name: fc.constant(name),
          key: keyText(name),
          colon: fc.constantFrom(":", ": ", " :"),
          item: value(depth - 1, newline)
        })
      ),
      { maxLength: 4 }
    )
    .chain((entries) =>
      list(
        entries.map((entry) => `${entry.key}${entry.colon}${entry.item.text}`),
        "{",
        "}",
        newline
      ).map((text) => ({
        value: Object.fromEntries(entries.map((entry) => [entry.name, entry.item.value])),
        text
      }))
    )

/** A whole document whose root is an object. */
export const document: fc.Arbitrary<Written> = fc
  .record({
    newline: fc.constantFrom("\n", "\r\n", "\r"),
    mark: fc.constantFrom("", "", "", "\uFEFF")
  })
  .chain(({ newline, mark }) =>
    fc
      .record({ head: blank(newline), tail: blank(newline), body: object(3, newline) })
      .map(({ head, tail, body }) => ({
        value: body.value,
        text: `${mark}${head}${body.text}${tail}`
      }))
  )

/** A plain JSON value to be written. */
export const jsonValue: fc.Arbitrary<unknown> = fc.letrec<{ any: unknown }>((tie) => ({
  any: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.constantFrom<unknown>(null, true, false, 0, -1.5, "", "text", "it's", 'a "quote"', "\u2028"),
    fc.array(tie("any"), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom("a", "x-y", "a.b", "it's", "model"), tie("any"), { maxKeys: 3 })
  )
})).any

/** Every path of a value, the empty one left out. */
export const paths = (
  root: unknown,
  start: ReadonlyArray<string | number> = []
): ReadonlyArray<ReadonlyArray<string | number>> => {
  return steps(root).flatMap(([step, inner]) => [
    [...start, step],
    ...paths(inner, [...start, step])
  ])
}
