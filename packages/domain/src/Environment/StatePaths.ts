/**
 * Where things are on this machine (docs/formats.md). Worked out once by the shell, from
 * variables and switches.
 */
import * as Context from "effect/Context"

/** Absolute paths, without a trailing separator. */
export interface Paths {
  readonly home: string
  /** The working folder of the process. */
  readonly workingFolder: string
  /** `~/.clawdbot`, or what `--profile` or `CLAWDBOT_STATE_DIR` says. */
  readonly stateDir: string
  readonly configPath: string
  /** `CLAWDBOT_AGENT_DIR` (or `PI_CODING_AGENT_DIR`): the folder of the default agent, when set. */
  readonly agentDirOverride: string | undefined
  /** The folder of the legacy `oauth.json`. */
  readonly oauthDir: string
  /** The name given with `--profile`, to be repeated in commands that are shown. */
  readonly profileName: string | undefined
}

/** The paths of this run. */
export class StatePaths extends Context.Tag("@clawdbot/domain/Environment/StatePaths")<
  StatePaths,
  Paths
>() {}

/** Where everything is that a program gives itself: no folder of any machine. */
export const programFolder = "program:"

/** Whether what stands at a path was given by the program: no command and no file changes it. */
export const isOfProgram = (path: string): boolean => path.startsWith(programFolder)

/**
 * A path a person wrote, made absolute: `~` means the home folder, anything relative starts at the
 * working folder.
 */
export const resolve = (paths: Pick<Paths, "home" | "workingFolder">, text: string): string => {
  const trimmed = text.trim()
  if (trimmed === "~") return paths.home
  if (trimmed.startsWith("~/") || trimmed.startsWith("~\\"))
    return `${paths.home}/${trimmed.slice(2)}`
  if (trimmed.startsWith("/") || /^[A-Za-z]:[\\/]/.test(trimmed)) return trimmed
  return normalize(`${paths.workingFolder}/${trimmed}`)
}

const normalize = (path: string): string => {
  const parts: Array<string> = []
  for (const part of path.split("/")) {
    if (part === "..") parts.pop()
    else if (part !== "." && part !== "") parts.push(part)
  }
  return `/${parts.join("/")}`
}

/** A path as a person likes to read it: the home folder as `~`. */
export const shorten = (paths: Pick<Paths, "home">, path: string): string => {
  if (path === paths.home) return "~"
  if (path.startsWith(`${paths.home}/`)) return `~${path.slice(paths.home.length)}`
  return path
}
