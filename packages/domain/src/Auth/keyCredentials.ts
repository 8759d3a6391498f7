/**
 * `Credentials` over keys that a program brings itself, from a secret store of its own: no file, no
 * environment, no home folder. Everything but the keys is as everywhere.
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as AgentId from "../Agent/AgentId.ts"
import * as ConfigMemory from "../Config/ConfigMemory.ts"
import type { ConfigStore } from "../Config/ConfigStore.ts"
import type { Credentials } from "../Credentials.ts"
import { Environment } from "../Environment/Environment.ts"
import { programFolder, StatePaths } from "../Environment/StatePaths.ts"
import * as HealthMemory from "../Health/HealthMemory.ts"
import type { HealthStore } from "../Health/HealthStore.ts"
import { OAuthRefresh } from "../OAuth/OAuthRefresh.ts"
import { RefreshJournal } from "../OAuth/RefreshJournal.ts"
import * as ProfileMemory from "../Profile/ProfileMemory.ts"
import * as ProviderId from "../Profile/ProviderId.ts"
import { clean, shapeOf } from "../Profile/secretText.ts"
import * as Policies from "../policies.ts"
import type { KeyOptions } from "./KeyOptions.ts"
import * as MakeCredentials from "./makeCredentials.ts"

/** Keys by the name they are to have: API keys of the console, or setup tokens. */
export type Keys = Readonly<Record<string, Redacted.Redacted>>

const kindOf = (secret: Redacted.Redacted): "token" | "api_key" => {
  const shape = shapeOf(secret)
  if (shape === "a setup token" || shape === "a token that is cut off") return "token"
  return "api_key"
}

const record = (secret: Redacted.Redacted) => {
  const text = clean(secret)
  const provider = ProviderId.anthropic
  if (kindOf(text) === "token") return { type: "token", provider, token: Redacted.value(text) }
  return { type: "api_key", provider, key: Redacted.value(text) }
}

/** The order in which the keys are used, where it is not the usual one. */
const orderOf = (keys: Keys, { order, payAsYouGoFallback }: KeyOptions) => {
  if (order !== undefined) return order
  const names = Object.keys(keys)
  const tokens = names.filter((name) => {
    const secret = keys[name]
    return secret !== undefined && kindOf(clean(secret)) === "token"
  })
  if (payAsYouGoFallback === true || tokens.length === 0) return undefined
  return tokens
}

const configOf = (keys: Keys, options: KeyOptions): string => {
  const { baseUrl } = options
  const anthropic = orderOf(keys, options)
  return JSON.stringify({
    auth: anthropic === undefined ? undefined : { order: { anthropic } },
    models:
      baseUrl === undefined ? undefined : { providers: { anthropic: { baseUrl, models: [] } } }
  })
}

const surroundings = Layer.mergeAll(
  Layer.succeed(Environment, {
    base: Effect.succeed(new Map()),
    loginShell: () => Effect.succeed({ variables: new Map(), warning: Option.none() })
  }),
  Layer.succeed(StatePaths, {
    home: programFolder,
    workingFolder: programFolder,
    stateDir: programFolder,
    configPath: `${programFolder}/clawdbot.json`,
    agentDirOverride: undefined,
    oauthDir: `${programFolder}/credentials`,
    profileName: undefined
  })
)

/** Keys do not end, and are not refreshed. */
const noLogins = Layer.mergeAll(
  Layer.succeed(OAuthRefresh, {
    ensureFresh: ({ credential }) => Effect.succeed(credential),
    afterRefusal: () => Effect.succeedNone,
    refreshNow: ({ credential }) => Effect.succeed(credential),
    current: ({ credential }) => credential
  }),
  Layer.succeed(RefreshJournal, {
    find: () => Effect.succeedNone,
    record: () => Effect.void,
    forget: () => Effect.void,
    unfinished: Effect.succeed([]),
    undecidedUntil: () => Effect.succeed(undefined)
  })
)

/** The service over the keys; `health` is where their cooldowns are kept. */
export const layer = (
  keys: Keys,
  options: KeyOptions = {},
  health: Layer.Layer<HealthStore, never, ConfigStore | StatePaths> = HealthMemory.layer
): Layer.Layer<Credentials> => {
  const profiles = Object.fromEntries(
    Object.entries(keys).map(([name, secret]) => [name, record(secret)])
  )
  const stores = Layer.mergeAll(
    ProfileMemory.layer({ [AgentId.main]: { version: 1, profiles } }),
    health
  ).pipe(Layer.provideMerge(ConfigMemory.layer(configOf(keys, options))))
  return MakeCredentials.layer.pipe(
    Layer.provide(Policies.layer),
    Layer.provide(Layer.mergeAll(stores, noLogins)),
    Layer.provide(surroundings),
    // Each is a world of its own.
    Layer.fresh
  )
}
