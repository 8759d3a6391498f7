/**
 * Where things are on this machine (docs/formats.md): switches, then variables, then the home
 * folder.
 */
import { userInfo } from "node:os"
import * as path from "node:path"
import { taggedError } from "@clawdbot/domain/Document/taggedError"
import { type Paths, resolve, StatePaths } from "@clawdbot/domain/Environment/StatePaths"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import type { Disk } from "../File/Disk.ts"
import { type DotEnv, readDotEnv } from "./dotEnv.ts"

/** Neither a home folder nor a state folder is named, so nothing can be found. */
export class HomeMissing extends taggedError<HomeMissing>()("HomeMissing", () => ({
  variable: Schema.String
})) {
  override get message() {
    return `there is no home folder: the variable ${this.variable} is not set`
  }
}

/** `--profile` was given something that cannot be part of a folder's name. */
export class ProfileNameInvalid extends taggedError<ProfileNameInvalid>()(
  "ProfileNameInvalid",
  () => ({
    name: Schema.String
  })
) {
  override get message() {
    return (
      `--profile ${JSON.stringify(this.name)} is not a profile name: letters, digits, "-" and ` +
      '"_" are allowed'
    )
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
  /** The home folder the system knows of this user; asked where no variable names one. */
  readonly userHome?: () => string | undefined
}

const homeVariable = process.platform === "win32" ? "USERPROFILE" : "HOME"

/** A user that the system does not know, as in many containers, is an exception there. */
const systemHome = (): string | undefined => {
  try {
    return userInfo().homedir
  } catch {
    return undefined
  }
}

/**
 * What `~` means. Services and containers often have no HOME, and need none where the state folder
 * is named: then it is the home that the system knows of the user, else a folder in the state
 * folder.
 */
const homeOf = (
  options: StatePathOptions,
  env: NonNullable<StatePathOptions["env"]>,
  workingFolder: string
): string | undefined => {
  const named = env[homeVariable]?.trim() || env.HOME?.trim()
  if (named) return path.resolve(workingFolder, named)
  const stateDir = env.CLAWDBOT_STATE_DIR?.trim()
  if (!stateDir) return undefined
  const known = (options.userHome ?? systemHome)()
  if (known !== undefined && path.isAbsolute(known)) return known
  if (stateDir.startsWith("~")) return undefined
  return path.join(path.resolve(workingFolder, stateDir), "home")
}

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
  const home = homeOf(options, env, workingFolder)
  if (home === undefined) return Effect.fail(new HomeMissing({ variable: homeVariable }))
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
): Effect.Effect<Paths, HomeMissing | ProfileNameInvalid, Disk> =>
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

/** The options for a program that names its state folder, or its profile, itself. */
export const optionsOf = ({
  profile,
  stateDir
}: {
  readonly profile?: string | undefined
  readonly stateDir?: string | undefined
}): StatePathOptions => {
  const named = profile === undefined ? {} : { profile }
  if (stateDir === undefined) return named
  return { ...named, env: { ...process.env, CLAWDBOT_STATE_DIR: stateDir } }
}

/** The layer of `make`. */
export const layer = (
  options: StatePathOptions = {}
): Layer.Layer<StatePaths, HomeMissing | ProfileNameInvalid, Disk> =>
  Layer.effect(StatePaths, make(options))
