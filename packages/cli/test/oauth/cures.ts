/**
 * Carries out the cure that a failed `models auth refresh` names, as a person would by pasting it.
 */
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { run } from "../commandLine.ts"

/** The command that an error's last line says, as arguments. */
export const cureIn = (stderr: string): ReadonlyArray<string> => {
  const [, command] =
    /^fix: (?:.*: )?clawdbot (.+)$/m.exec(stderr) ?? assert.fail(`no command in: ${stderr}`)
  return (command ?? "").split(" ")
}

/**
 * Fails first, then what was in the way goes, then the cure is carried out; afterwards the profile
 * answers.
 */
export const isCured = (options: {
  readonly home: string
  readonly profile: string
  /** What the failure is called. */
  readonly cause: string
  /** What only the person, or time, can do. */
  readonly meanwhile: Effect.Effect<void>
  /** What the person types or pipes in. */
  readonly stdin?: string
}) =>
  Effect.gen(function* () {
    const { home, profile } = options
    const failed = yield* run(home, ["models", "auth", "refresh", profile])
    assert.strictEqual(failed.status, 1)
    assert.include(failed.stderr, `: ${options.cause} (`)
    yield* options.meanwhile
    const cured = yield* run(
      home,
      cureIn(failed.stderr),
      options.stdin === undefined ? {} : { stdin: options.stdin }
    )
    assert.strictEqual(cured.status, 0, cured.stderr)
    const explained = yield* run(home, ["models", "auth", "explain"])
    assert.include(explained.stdout, `Next credential: ${profile}`)
  })
