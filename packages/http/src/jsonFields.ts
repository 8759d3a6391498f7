/**
 * Fields of a JSON object as text, each with a comma before it; nothing where there is no value.
 * For what is written with every request. The names are ours and need no escapes.
 */
import { boundedMemo } from "@clawdbot/domain/Bounded/boundedMemo"
import { ifDefined } from "@clawdbot/domain/Document/defined"

/** A text as JSON; few texts come again and again. */
export const quoted = boundedMemo((text) => JSON.stringify(text))

/** A field that holds a text. */
export const text = (name: string, text: string | undefined): string =>
  text === undefined ? "" : `,"${name}":${quoted(text)}`

/** A field that holds a number; JSON has `null` for what is none. */
export const number = (name: string, number: number | undefined): string => {
  if (number === undefined) return ""
  return `,"${name}":${Number.isFinite(number) ? number : null}`
}

/** A field that is true or false. */
export const flag = (name: string, flag: boolean | undefined): string =>
  flag === undefined ? "" : `,"${name}":${flag}`

/** A field that holds anything else that JSON has. */
export const value = (name: string, value: object | undefined): string =>
  ifDefined(value, (known) => `,"${name}":${JSON.stringify(known)}`) ?? ""
