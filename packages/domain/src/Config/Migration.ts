/**
 * Older forms of a config, read as what they mean now (decision D18). Migrations run over the main
 * document as it is written, before includes and variables, so that the result can be written back
 * without flattening either. Running them again changes nothing.
 */

import * as JsonValue from "@clawdbot/json5-edit/JsonValue"
import type { KeyPath } from "@clawdbot/json5-edit/KeyPath"
import { startsWith } from "@clawdbot/json5-edit/KeyPath"
import * as Draft from "./migrations/Draft.ts"
import { steps } from "./migrations/steps.ts"

/** A document in its present form, with what was changed on the way. */
export interface Migrated {
  readonly value: unknown
  /** One line for every change, for people; never a value that could be a secret. */
  readonly lines: ReadonlyArray<string>
  readonly moves: ReadonlyArray<Draft.Move>
}

/** How often the steps may set one another off; two rounds are the most that occurs. */
const maxRounds = 5

/**
 * A value through all migrations, until none applies any more. Where none does it is the same
 * value.
 */
export const migrate = (value: unknown): Migrated => {
  let done: Migrated = { value, lines: [], moves: [] }
  if (!JsonValue.isObject(value)) return done
  for (let round = 0; round < maxRounds; round++) {
    const next = Draft.run(done.value, steps)
    if (JsonValue.equals(next.value, done.value)) break
    done = {
      value: next.value,
      lines: [...done.lines, ...next.lines],
      moves: [...done.moves, ...next.moves]
    }
  }
  return done
}

/**
 * Where a value of the migrated document stood before: the moves walked backwards. Equal to the
 * path itself where nothing moved.
 */
export const origin = (migrated: Migrated, path: KeyPath): KeyPath =>
  migrated.moves.reduceRight<KeyPath>(
    (current, { from, to }) =>
      startsWith(current, to) ? [...from, ...current.slice(to.length)] : current,
    path
  )
