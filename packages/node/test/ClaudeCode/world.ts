/** Claude Code's side of this machine, in a folder of a test's own. */
import { Environment } from "@clawdbot/domain/Environment/Environment"
import { StatePaths } from "@clawdbot/domain/Environment/StatePaths"
import * as Credential from "@clawdbot/domain/Profile/Credential"
import * as SharedLoginMachine from "@clawdbot/node/ClaudeCode/SharedLoginMachine"
import * as Disk from "@clawdbot/node/File/Disk"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { pathsIn } from "../OAuth/state.ts"

/** A login as this program holds it. */
export const login = (name: string, expires = 2_000): Credential.OAuth => {
  const decoded = Either.getOrThrow(
    Credential.decode({
      type: "oauth",
      provider: "anthropic",
      access: `sk-ant-oat01-${name}`,
      refresh: `sk-ant-ort01-${name}`,
      expires
    })
  )
  if (decoded.type !== "oauth") throw new Error("not a login")
  return decoded
}

/** A login as Claude Code keeps it, with things of its own. */
export const document = (name: string, expiresAt = 1_000) => ({
  claudeAiOauth: {
    accessToken: `sk-ant-oat01-${name}`,
    refreshToken: `sk-ant-ort01-${name}`,
    expiresAt,
    refreshTokenExpiresAt: 9_000,
    scopes: ["user:inference"],
    subscriptionType: "max"
  },
  mcpOAuth: { server: { accessToken: "mcp secret ü" } }
})

/** The machine's disk, paths in a folder and an environment of these variables only. */
export const surroundings = (folder: string, variables: Readonly<Record<string, string>> = {}) =>
  Layer.mergeAll(
    Disk.layer,
    Layer.succeed(StatePaths, pathsIn(folder)),
    Layer.succeed(Environment, {
      base: Effect.succeed(
        new Map(
          Object.entries(variables).map(([name, value]) => [
            name,
            { value: Redacted.make(value), source: { _tag: "Process" as const } }
          ])
        )
      ),
      loginShell: () => Effect.succeed({ variables: new Map(), warning: Option.none() })
    })
  )

/** The port over a folder. */
export const layerIn = (
  folder: string,
  options: SharedLoginMachine.SharedLoginOptions,
  variables: Readonly<Record<string, string>> = {}
) => SharedLoginMachine.layerWith(options).pipe(Layer.provide(surroundings(folder, variables)))
