/** `Environment` and `StatePaths` without a machine. */
import {
  Environment,
  type Variable,
  type VariableSource
} from "@clawdbot/domain/Environment/Environment"
import { type Paths, StatePaths } from "@clawdbot/domain/Environment/StatePaths"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"

/** What the login shell says: variables, or the reason why it says nothing. */
export type ShellScript = Readonly<Record<string, string>> | { readonly warning: string }

/** Variables by name, as they stand in a file. */
export type Variables = Readonly<Record<string, string>>

/** What the `.env` files of the two folders set. */
export interface DotEnvFiles {
  readonly state?: Variables | undefined
  readonly working?: Variables | undefined
}

/** Process variables and those of `.env` files, as the port gives them. */
export const variablesOf = (
  variables: Variables,
  { state = {}, working = {} }: DotEnvFiles = {}
): ReadonlyMap<string, Variable> => {
  const from = (found: Variables, source: VariableSource) =>
    Object.entries(found).map(([name, value]): readonly [string, Variable] => [
      name,
      { value: Redacted.make(value), source }
    ])
  const { stateDir, workingFolder } = paths
  return new Map([
    ...from(working, { _tag: "DotEnv", file: `${workingFolder}/.env`, folder: "working" }),
    ...from(state, { _tag: "DotEnv", file: `${stateDir}/.env`, folder: "state" }),
    ...from(variables, { _tag: "Process" })
  ])
}

/** An environment of given process variables. Without a shell, the login shell has no variables. */
export const layer = (
  variables: Variables = {},
  shell: ShellScript = {},
  dotEnv: DotEnvFiles = {}
): Layer.Layer<Environment> =>
  Layer.succeed(
    Environment,
    Environment.of({
      base: Effect.sync(() => variablesOf(variables, dotEnv)),
      loginShell: () =>
        Effect.succeed(
          typeof shell.warning === "string"
            ? { variables: new Map(), warning: Option.some(shell.warning) }
            : {
                variables: new Map(
                  Object.entries(shell).map(([name, value]) => [name, Redacted.make(value)])
                ),
                warning: Option.none()
              }
        )
    })
  )

/** Paths of a person whose home is `/home/me`. */
export const paths: Paths = {
  home: "/home/me",
  workingFolder: "/home/me/work",
  stateDir: "/home/me/.clawdbot",
  configPath: "/home/me/.clawdbot/clawdbot.json",
  agentDirOverride: undefined,
  oauthDir: "/home/me/.clawdbot/credentials",
  profileName: undefined
}

/** The layer of `paths`, with what differs. */
export const pathsLayer = (different: Partial<Paths> = {}): Layer.Layer<StatePaths> =>
  Layer.succeed(StatePaths, { ...paths, ...different })
