/**
 * Switches before the first command word, handled before anything else (docs/formats.md):
 * `--profile NAME`, `--dev`, `--no-color`.
 */
import * as Either from "effect/Either"
import { UsageError } from "../CliError.ts"

/** What they said, and the rest of the command line. */
export interface GlobalFlags {
  readonly profile: string | undefined
  readonly dev: boolean
  readonly noColor: boolean
  readonly rest: ReadonlyArray<string>
}

const usage = (problem: string) => Either.left(new UsageError({ problem, command: "clawdbot" }))

/** Reads the switches off the front of a command line. */
export const parseGlobal = (
  argv: ReadonlyArray<string>
): Either.Either<GlobalFlags, UsageError> => {
  const rest = [...argv]
  let profile: string | undefined
  let dev = false
  let noColor = false
  for (let token = rest[0]; token !== undefined; token = rest[0]) {
    if (token === "--dev") dev = true
    else if (token === "--no-color") noColor = true
    else if (token === "--profile" || token.startsWith("--profile=")) {
      const value = token === "--profile" ? rest[1] : token.slice("--profile=".length)
      if (value === undefined || value === "" || value.startsWith("-"))
        return usage("--profile needs a name")
      profile = value
      if (token === "--profile") rest.shift()
    } else break
    rest.shift()
  }
  if (profile !== undefined && !/^[A-Za-z0-9_-]+$/.test(profile)) {
    return usage(`"${profile}" is not a valid profile name: use letters, digits, "-" and "_"`)
  }
  if (profile !== undefined && dev) return usage("--profile and --dev cannot be used together")
  return Either.right({ profile, dev, noColor, rest })
}
