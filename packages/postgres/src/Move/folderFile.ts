/** A file of a state folder, to be written, and the text that it had when it was moved. Pure. */
import * as Redacted from "effect/Redacted"

/** A file to write. */
export interface FolderFile {
  readonly path: string
  readonly text: Redacted.Redacted
}

/** The files that were moved to the store, by their names. */
export type Written = ReadonlyMap<string, Redacted.Redacted>

/** The text that a file had when it was moved. */
export const textIn = (written: Written, name: string): string | undefined => {
  const found = written.get(name)
  return found === undefined ? undefined : Redacted.value(found)
}

/** A file with its text. */
export const file = (path: string, text: string): FolderFile => ({
  path,
  text: Redacted.make(text)
})
