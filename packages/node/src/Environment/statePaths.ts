/**
 * Where things are on this machine (config-and-cli.md §1): switches, then variables, then the home
 * folder.
 */
import * as path from "node:path"
import { type Paths, resolve, StatePaths } from "@clawdbot/domain/Environment/StatePaths"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { type DotEnv, readDotEnv } from "./dotEnv.ts"

/** There is no home folder, so nothing can be found. */
export class HomeMissing extends Schema.TaggedError<HomeMissing>()("HomeMissing", {
  variable: Schema.String
}) {
  override get message() {
    return `there is no home folder: the variable ${this.variable} is not set`
  }
}

/** `--profile` was given something that cannot be part of a folder's name. */
export class ProfileNameInvalid extends Schema.TaggedError<ProfileNameInvalid>()(
  "ProfileNameInvalid",
  {
    name: Schema.String
  }
) {
  override get message() {
    return `--profile ${JSON.stringify(this.name)} is not a profile name: letters, digits, "-" and "_" are allowed`
  }
}

/**
 * The switches that move the state folder, and the surroundings of the process where they are not
 * its own.
 */
export interface StatePathOptions {
  /** `--profile NAME`; `default` is the same as none. */
  readonly profile?: string
  /** `--dev`: the profile `dev`. */
  readonly dev?: boolean
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly workingFolder?: string
}

const homeVariable = process.platform === "win32" ? "USERPROFILE" : "HOME"

/**
 * What can be told before any file is read: everything but the paths a `.env` of the state folder
 * may name.
 */
const early = (options: StatePathOptions) => {
  const env = options.env ?? process.env
  const workingFolder = options.workingFolder ?? process.cwd()
  const profile = options.profile ?? (options.dev === true ? "dev" : undefined)
  if (profile !== undefined && !/^[A-Za-z0-9_-]+$/.test(profile))
    return Effect.fail(new ProfileNameInvalid({ name: profile }))
  const named = env[homeVariable]?.trim() || env.HOME?.trim()
  if (!named) return Effect.fail(new HomeMissing({ variable: homeVariable }))
  const home = path.resolve(workingFolder, named)
  const own = env.CLAWDBOT_STATE_DIR?.trim()
  const folder =
    profile === undefined || profile === "default" ? ".clawdbot" : `.clawdbot-${profile}`
  const stateDir = own
    ? path.resolve(resolve({ home, workingFolder }, own))
    : path.join(home, folder)
  return Effect.succeed({ env, home, workingFolder, stateDir, profileName: profile })
}

/**
 * The paths of this run. The state folder itself comes from the process alone; config, agent folder
 * and OAuth folder may also be named by the `.env` of the state folder, never by that of the
 * working folder (decision D19a).
 */
export const make = (
  options: StatePathOptions = {}
): Effect.Effect<Paths, HomeMissing | ProfileNameInvalid> =>
  Effect.gen(function* () {
    const { env, home, workingFolder, stateDir, profileName } = yield* early(options)
    const dotEnv: DotEnv = yield* readDotEnv(path.join(stateDir, ".env"), true)
    const named = (...names: ReadonlyArray<string>): string | undefined => {
      for (const name of names) {
        // A variable that exists counts, even a blank one: a `.env` file never replaces it.
        const text = (env[name] ?? dotEnv.get(name))?.trim()
        if (text) return path.resolve(resolve({ home, workingFolder }, text))
      }
      return undefined
    }
    return {
      home,
      workingFolder,
      stateDir,
      configPath: named("CLAWDBOT_CONFIG_PATH") ?? path.join(stateDir, "clawdbot.json"),
      agentDirOverride: named("CLAWDBOT_AGENT_DIR", "PI_CODING_AGENT_DIR"),
      oauthDir: named("CLAWDBOT_OAUTH_DIR") ?? path.join(stateDir, "credentials"),
      profileName
    }
  })

/** The layer of `make`. */
export const layer = (
  options: StatePathOptions = {}
): Layer.Layer<StatePaths, HomeMissing | ProfileNameInvalid> =>
  Layer.effect(StatePaths, make(options))
