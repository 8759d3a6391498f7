/** `Environment` and `StatePaths` without a machine. */
import { Environment, type Variable } from "@clawdbot/domain/Environment/Environment"
import { type Paths, StatePaths } from "@clawdbot/domain/Environment/StatePaths"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"

/** What the login shell says: variables, or the reason why it says nothing. */
export type ShellScript = Readonly<Record<string, string>> | { readonly warning: string }

/** An environment of given process variables. Without a shell, the login shell has no variables. */
export const layer = (
  variables: Readonly<Record<string, string>> = {},
  shell: ShellScript = {}
): Layer.Layer<Environment> =>
  Layer.succeed(
    Environment,
    Environment.of({
      base: Effect.succeed(
        new Map(
          Object.entries(variables).map(([name, value]): readonly [string, Variable] => [
            name,
            { value: Redacted.make(value), source: { _tag: "Process" } }
          ])
        )
      ),
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
