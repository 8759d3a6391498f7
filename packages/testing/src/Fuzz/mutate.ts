/**
 * Documents that were right once: values replaced by odd ones, keys renamed or gone, texts cut,
 * doubled and interspersed. What a program meets after crashes, other programs, and attackers.
 */
import * as fc from "fast-check"

/** A value of JSON. */
export type Json =
  | null
  | boolean
  | number
  | string
  | ReadonlyArray<Json>
  | { readonly [key: string]: Json }

const isObject = (value: unknown): value is { readonly [key: string]: Json } =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const isList = (value: Json): value is ReadonlyArray<Json> => Array.isArray(value)

const parsed = (text: string): Json => JSON.parse(text)

const nested = (levels: number): Json => parsed(`${"[".repeat(levels)}${"]".repeat(levels)}`)

/** Texts that mean something to a terminal, a shell, a language, or a format. */
export const oddText: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(
    "",
    " ",
    "__proto__",
    "constructor",
    "toString",
    "\u0000",
    "\ud800",
    "\u001b]0;taken\u0007\u001b[31m",
    "a\nFAKE-ROW 1",
    "\u202egpj.exe",
    "\ufeff",
    "\u2028",
    "../../etc/passwd",
    "$(id)",
    `\${HOME}`,
    `\${MISSING}`,
    `$\${X}`,
    "~",
    "%n%s",
    "null",
    "1e400",
    "2027-01-01T00:00:00Z",
    "1804854725656",
    "x".repeat(10_000)
  ),
  fc.string({ maxLength: 12 }),
  fc.string16bits({ maxLength: 6 })
)

/** Values that stand where others are expected. */
export const oddValues: ReadonlyArray<Json> = [
  null,
  true,
  false,
  0,
  -1,
  1.5,
  1e308,
  2 ** 53,
  8.64e15 + 1,
  Number.MAX_SAFE_INTEGER,
  [],
  {},
  [[]],
  [null],
  nested(150),
  nested(1_000),
  parsed('{"__proto__":{"type":"api_key"}}'),
  parsed('{"toString":1,"valueOf":1,"length":3,"then":1}')
]

/** One of them, or a text. */
export const oddValue: fc.Arbitrary<Json> = fc.oneof(
  fc.constantFrom(...oddValues),
  oddText,
  fc.array(oddText, { maxLength: 3 })
)

const entriesOf = (value: Json): ReadonlyArray<readonly [string | number, Json]> => {
  if (isList(value)) return [...value.entries()]
  if (isObject(value)) return Object.entries(value)
  return []
}

/** The paths of a value's members and elements. */
const places = (
  value: Json,
  path: ReadonlyArray<string | number> = []
): Array<ReadonlyArray<string | number>> => {
  return entriesOf(value).flatMap(([step, inner]) => [
    [...path, step],
    ...places(inner, [...path, step])
  ])
}

/** One change at one of a value's places. */
type Change =
  | { readonly _tag: "Replace"; readonly at: number; readonly value: Json }
  | { readonly _tag: "Remove"; readonly at: number }
  | { readonly _tag: "Rename"; readonly at: number; readonly name: string }
  | { readonly _tag: "Add"; readonly at: number; readonly name: string; readonly value: Json }
  | { readonly _tag: "Swap"; readonly at: number; readonly other: number }

const at = fc.nat({ max: 1_000 })
const change: fc.Arbitrary<Change> = fc.oneof(
  fc.record({ _tag: fc.constant("Replace" as const), at, value: oddValue }),
  fc.record({ _tag: fc.constant("Remove" as const), at }),
  fc.record({ _tag: fc.constant("Rename" as const), at, name: oddText }),
  fc.record({ _tag: fc.constant("Add" as const), at, name: oddText, value: oddValue }),
  fc.record({ _tag: fc.constant("Swap" as const), at, other: at })
)

const get = (value: Json, path: ReadonlyArray<string | number>): Json =>
  path.reduce<Json>((inner, step) => {
    if (isList(inner)) return inner[Number(step)] ?? null
    if (isObject(inner)) return Object.getOwnPropertyDescriptor(inner, step)?.value ?? null
    return null
  }, value)

/** The value with its entries at a path's parent rewritten. */
const rewrite = (
  value: Json,
  path: ReadonlyArray<string | number>,
  write: (entry: readonly [string, Json]) => ReadonlyArray<readonly [string, Json]>
): Json => {
  const [step, ...rest] = path
  const entries = isList(value)
    ? value.map((item, index): readonly [string, Json] => [String(index), item])
    : Object.entries(isObject(value) ? value : {})
  const all = entries.flatMap((entry): ReadonlyArray<readonly [string, Json]> => {
    if (entry[0] !== String(step)) return [entry]
    if (rest.length === 0) return write(entry)
    return [[entry[0], rewrite(entry[1], rest, write)]]
  })
  if (isList(value)) return all.map(([, item]) => item)
  return Object.fromEntries(all)
}

const apply = (value: Json, one: Change): Json => {
  const all = places(value)
  const path = all[one.at % Math.max(1, all.length)]
  if (path === undefined) {
    if (one._tag === "Replace") return one.value
    return value
  }
  switch (one._tag) {
    case "Replace":
      return rewrite(value, path, ([key]) => [[key, one.value]])
    case "Remove":
      return rewrite(value, path, () => [])
    case "Rename":
      return rewrite(value, path, ([, inner]) => [[one.name, inner]])
    case "Add":
      return rewrite(value, path, (entry) => [entry, [one.name, one.value]])
    case "Swap": {
      const other = get(value, all[one.other % all.length] ?? [])
      return rewrite(value, path, ([key]) => [[key, other]])
    }
  }
}

/** A value with another one in each of its places in turn, and instead of all of it. */
export const replacedAnywhere = (value: Json, by: Json): ReadonlyArray<Json> => [
  by,
  ...places(value).map((path) => rewrite(value, path, ([key]) => [[key, by]]))
]

/** One of some values with up to `most` changes. */
export const mutated = (samples: ReadonlyArray<Json>, most = 4): fc.Arbitrary<Json> =>
  fc
    .tuple(fc.constantFrom(...samples), fc.array(change, { maxLength: most }))
    .map(([sample, changes]) => changes.reduce(apply, sample))

const tokens = [
  "{",
  "}",
  "[",
  "]",
  '"',
  "'",
  "\\",
  ",",
  ":",
  "//",
  "/*",
  "*/",
  "\n",
  "\r",
  "\t",
  "\u0000",
  "\ufeff",
  "\u2028",
  "\ud800",
  "1e400",
  "-",
  "$include",
  `\${X}`,
  '"__proto__":',
  "null",
  "NaN",
  "\u001b[2J"
] as const

type TextChange =
  | { readonly _tag: "Cut"; readonly from: number }
  | { readonly _tag: "Delete"; readonly from: number; readonly count: number }
  | { readonly _tag: "Insert"; readonly from: number; readonly text: string }
  | { readonly _tag: "Double"; readonly from: number; readonly count: number }

const from = fc.nat({ max: 100_000 })
const count = fc.integer({ min: 1, max: 40 })
const textChange: fc.Arbitrary<TextChange> = fc.oneof(
  fc.record({ _tag: fc.constant("Cut" as const), from }),
  fc.record({ _tag: fc.constant("Delete" as const), from, count }),
  fc.record({ _tag: fc.constant("Insert" as const), from, text: fc.constantFrom(...tokens) }),
  fc.record({
    _tag: fc.constant("Insert" as const),
    from,
    text: fc.string16bits({ maxLength: 3 })
  }),
  fc.record({ _tag: fc.constant("Double" as const), from, count })
)

const applyText = (text: string, one: TextChange): string => {
  const start = one.from % (text.length + 1)
  switch (one._tag) {
    case "Cut":
      return text.slice(0, start)
    case "Delete":
      return text.slice(0, start) + text.slice(start + one.count)
    case "Insert":
      return text.slice(0, start) + one.text + text.slice(start)
    case "Double":
      return text.slice(0, start + one.count) + text.slice(start)
  }
}

/** A text with up to `most` changes. */
export const mutatedText = (text: fc.Arbitrary<string>, most = 3): fc.Arbitrary<string> =>
  fc
    .tuple(text, fc.array(textChange, { maxLength: most }))
    .map(([before, changes]) => changes.reduce(applyText, before))

/** The text of a mutated document: mostly JSON still, in several layouts. */
export const mutatedDocument = (samples: ReadonlyArray<Json>): fc.Arbitrary<string> => {
  const json = fc
    .tuple(mutated(samples), fc.constantFrom(undefined, 2, "\t"))
    .map(([value, space]) => JSON.stringify(value, null, space))
  return fc.oneof(
    { weight: 6, arbitrary: json },
    { weight: 3, arbitrary: mutatedText(json) },
    { weight: 1, arbitrary: oddText }
  )
}
