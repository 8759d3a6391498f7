/**
 * Changes a JSON text to mean another value and leaves every byte of what stays the same as it was:
 * numbers too large for this language, the order of keys, keys that stand twice, white space.
 */
import { equals, isObject, type JsonObject, own } from "./JsonValue.ts"

/** A member of an object as it is written: `lead` `"key": ` value `trail`. */
interface Member {
  readonly key: string
  readonly lead: string
  /** The key, the colon, and the blanks around them. */
  readonly head: string
  readonly start: number
  readonly end: number
  readonly trail: string
}

/** An object as it is written: its members with commas between them, and the blanks at its end. */
interface WrittenObject {
  readonly members: ReadonlyArray<Member>
  readonly tail: string
}

const isBlank = (char: string): boolean =>
  char === " " || char === "\n" || char === "\r" || char === "\t"

const skipBlanks = (text: string, at: number): number => {
  let index = at
  while (isBlank(text.charAt(index))) index++
  return index
}

const skipString = (text: string, at: number): number => {
  let index = at + 1
  while (index < text.length && text[index] !== '"') index += text[index] === "\\" ? 2 : 1
  return index + 1
}

const endsScalar = (char: string): boolean => isBlank(char) || ",]}".includes(char)

/** The end of the value that starts at `at`; without recursion, so that no depth is too much. */
const skipValue = (text: string, at: number): number => {
  let index = at
  let depth = 0
  do {
    const char = text.charAt(index)
    if (char === '"') index = skipString(text, index)
    else if (char === "{" || char === "[") {
      depth++
      index++
    } else if (char === "}" || char === "]") {
      depth--
      index++
    } else if (depth > 0) index++
    else while (!endsScalar(text.charAt(index))) index++
  } while (depth > 0 && index < text.length)
  return index
}

/** The object that starts at `at` in a valid text. */
const readObject = (text: string, at: number): WrittenObject => {
  const members: Array<Member> = []
  let from = at + 1
  for (;;) {
    const keyStart = skipBlanks(text, from)
    if (text[keyStart] !== '"') return { members, tail: text.slice(from, keyStart) }
    const keyEnd = skipString(text, keyStart)
    const start = skipBlanks(text, skipBlanks(text, keyEnd) + 1)
    const end = skipValue(text, start)
    const separator = skipBlanks(text, end)
    const key: unknown = JSON.parse(text.slice(keyStart, keyEnd))
    const hasNext = text[separator] === ","
    members.push({
      key: String(key),
      lead: text.slice(from, keyStart),
      head: text.slice(keyStart, start),
      start,
      end,
      trail: hasNext ? text.slice(end, separator) : ""
    })
    from = hasNext ? separator + 1 : end
  }
}

/** How what is new is laid out: on lines of its own, or all on one. */
interface Layout {
  readonly newline: string
  /** One step of indentation. */
  readonly unit: string
}

const detect = (text: string): Layout => {
  const lines = /^\s*[[{]\s*?(\r?\n)([ \t]*)/.exec(text)
  return { newline: lines?.[1] ?? "", unit: lines?.[2] ?? "" }
}

const render = (value: unknown, { newline, unit }: Layout, indent: string): string =>
  JSON.stringify(value, null, newline === "" ? undefined : unit).replaceAll(
    "\n",
    `${newline}${indent}`
  )

/** A value in the text: where it starts, what it means, and the indentation of its line. */
interface PlacedValue {
  readonly start: number
  readonly end: number
  readonly value: unknown
  readonly indent: string
}

const rewriteObject = (
  text: string,
  place: PlacedValue & { readonly value: JsonObject },
  wanted: JsonObject,
  layout: Layout
): string => {
  const { members, tail } = readObject(text, place.start)
  const [sample] = members
  const indent =
    sample === undefined
      ? `${place.indent}${layout.unit}`
      : sample.lead.slice(sample.lead.lastIndexOf("\n") + 1)
  const lead = sample?.lead ?? `${layout.newline}${indent}`
  const colon = layout.newline === "" ? ":" : ": "
  // Of keys that stand twice the last one is in force.
  const inForce = new Map(members.map((member) => [member.key, member]))
  const written = members
    .filter(({ key }) => Object.hasOwn(wanted, key))
    .map((member) => {
      const { end, head, key, start, trail } = member
      const value =
        inForce.get(key) === member
          ? rewrite(
              text,
              { start, end, value: own(place.value, key), indent },
              own(wanted, key),
              layout
            )
          : text.slice(start, end)
      return `${member.lead}${head}${value}${trail}`
    })
  const added = Object.keys(wanted)
    .filter((key) => !inForce.has(key))
    .map((key) => {
      const value = render(own(wanted, key), layout, indent)
      return `${lead}${JSON.stringify(key)}${colon}${value}`
    })
  const all = [...written, ...added]
  if (all.length === 0) return "{}"
  return `{${all.join(",")}${members.length > 0 ? tail : `${layout.newline}${place.indent}`}}`
}

const rewrite = (text: string, place: PlacedValue, wanted: unknown, layout: Layout): string => {
  if (equals(place.value, wanted)) return text.slice(place.start, place.end)
  const { value } = place
  if (isObject(value) && isObject(wanted))
    return rewriteObject(text, { ...place, value }, wanted, layout)
  return render(wanted, layout, place.indent)
}

const parse = (text: string): unknown => {
  try {
    const value: unknown = JSON.parse(text)
    return value
  } catch {
    return undefined
  }
}

/** A value as the text of a new file. */
export const whole = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`

/**
 * The text, changed to mean `wanted`: members that mean the same keep their bytes, whatever else is
 * in them; lists are written anew where they differ. A text that is no JSON is replaced.
 */
export const change = (before: string, wanted: unknown): string => {
  const value = parse(before)
  if (value === undefined) return whole(wanted)
  const start = skipBlanks(before, 0)
  const end = before.trimEnd().length
  const changed = rewrite(before, { start, end, value, indent: "" }, wanted, detect(before))
  const text = `${before.slice(0, start)}${changed}${before.slice(end)}`
  // Whatever was not thought of here must not become a wrong file.
  if (equals(parse(text), wanted)) return text
  return whole(wanted)
}
