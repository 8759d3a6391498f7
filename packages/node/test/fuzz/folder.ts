/** A state folder that is emptied before every run. */
import * as fs from "node:fs"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import type * as Scope from "effect/Scope"
import { temporaryFolder } from "../temporaryState.ts"

/** The folder, and how it is emptied. */
export interface Folder {
  readonly home: string
  readonly empty: () => void
}

/** A folder for as long as the scope lasts. */
export const folder: Effect.Effect<Folder, never, Scope.Scope> = Effect.map(
  temporaryFolder,
  (home) => ({
    home,
    empty: () => {
      for (const name of fs.readdirSync(home))
        fs.rmSync(`${home}/${name}`, { recursive: true, force: true })
    }
  })
)

/** Runs an effect in silence: what is logged is not what is looked at. */
export const quietly = <A, E>(effect: Effect.Effect<A, E>): Promise<A> =>
  Effect.runPromise(Effect.provide(effect, Logger.remove(Logger.defaultLogger)))

/** The text of a file; undefined where there is none. */
export const textOf = (file: string): string | undefined => {
  try {
    return fs.readFileSync(file, "utf8")
  } catch {
    return undefined
  }
}

/** A file's value; undefined where it is no JSON. */
export const valueOf = (file: string): unknown => {
  try {
    return JSON.parse(textOf(file) ?? "")
  } catch {
    return undefined
  }
}

/** An object's own value, whatever its name. */
export const own = (value: unknown, key: string): unknown =>
  typeof value === "object" && value !== null
    ? Object.getOwnPropertyDescriptor(value, key)?.value
    : undefined

/** The own entries of an object; none of anything else. */
export const entriesOf = (value: unknown): ReadonlyArray<readonly [string, unknown]> =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? Object.entries(value) : []
