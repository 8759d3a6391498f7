/** Loads a text the way every store does, without a store. */
import { type LoadInput, load } from "@clawdbot/domain/Config/ConfigLoad"
import type { Paths } from "@clawdbot/domain/Environment/StatePaths"
import { type DotEnvFiles, variablesOf } from "@clawdbot/testing/Environment/EnvironmentMemory"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"

/** Paths of a person whose home is `/home/me`. */
export const paths: Paths = {
  home: "/home/me",
  workingFolder: "/home/me",
  stateDir: "/home/me/.clawdbot",
  configPath: "/home/me/.clawdbot/clawdbot.json",
  agentDirOverride: undefined,
  oauthDir: "/home/me/.clawdbot/credentials",
  profileName: undefined
}

/** What surrounds a config. */
export interface Around {
  /** Included files by absolute path. */
  readonly files?: Readonly<Record<string, string>>
  readonly variables?: Readonly<Record<string, string>>
  readonly dotEnv?: DotEnvFiles
  readonly shell?: Readonly<Record<string, string>>
}

/** The input of a load. */
export const inputOf = (text: string | undefined, around: Around = {}): LoadInput => ({
  paths,
  text,
  readFile: (file) => {
    const found = around.files?.[file]
    return found === undefined ? Effect.fail({ code: "ENOENT" }) : Effect.succeed(found)
  },
  environment: {
    base: Effect.succeed(variablesOf(around.variables ?? {}, around.dotEnv)),
    loginShell: () =>
      Effect.succeed({
        variables: new Map(
          Object.entries(around.shell ?? {}).map(([name, value]) => [name, Redacted.make(value)])
        ),
        warning: Option.none()
      })
  },
  caseInsensitive: false
})

/** A config loaded from a text. */
export const loadText = (text: string | undefined, around: Around = {}) =>
  load(inputOf(text, around))
