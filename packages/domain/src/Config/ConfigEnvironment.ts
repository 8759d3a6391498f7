/**
 * The environment after the config's own `env` block and the login shell. A variable that the
 * person set is never replaced unless it is blank; one of the working folder's `.env` is replaced
 * by any other (decision D46). The shell is asked only when none of the keys it could give is
 * there.
 */
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import {
  type EffectiveEnvironment,
  flag,
  isTrusted,
  lookup,
  type Variable
} from "../Environment/Environment.ts"
import type { Config } from "./Config.ts"
import { defaults } from "./defaults.ts"
import type { Lookup } from "./EnvSubstitution.ts"

/** The keys that may be taken from the login shell. */
export const shellKeys: ReadonlyArray<string> = [
  "ANTHROPIC_OAUTH_TOKEN",
  "ANTHROPIC_API_KEY",
  "OPENAI_API_KEY",
  "GEMINI_API_KEY",
  "GOOGLE_API_KEY",
  "GROQ_API_KEY",
  "CEREBRAS_API_KEY",
  "XAI_API_KEY",
  "OPENROUTER_API_KEY",
  "ZAI_API_KEY",
  "MISTRAL_API_KEY",
  "SYNTHETIC_API_KEY",
  "CLAWDBOT_GATEWAY_TOKEN",
  "CLAWDBOT_GATEWAY_PASSWORD"
]

const isFree = (variables: ReadonlyMap<string, Variable>, name: string): boolean => {
  const there = variables.get(name)
  return there === undefined || !isTrusted(there) || Redacted.value(there.value).trim() === ""
}

/**
 * What `${NAME}` in a config stands for: process and state folder's `.env`, never the working
 * folder's, which could send a stored key to another origin (decision D46).
 */
export const substitutions =
  (base: ReadonlyMap<string, Variable>): Lookup =>
  (name) => {
    const found = base.get(name)
    if (found === undefined || !isTrusted(found)) return undefined
    return Redacted.value(found.value)
  }

const fromBlock = (config: Config): ReadonlyMap<string, string> => {
  const found = new Map<string, string>()
  for (const [name, value] of Object.entries(config.env?.vars ?? {})) {
    if (Redacted.value(value) !== "") found.set(name, Redacted.value(value))
  }
  for (const [name, value] of Object.entries(config.env ?? {})) {
    if (name !== "shellEnv" && name !== "vars" && typeof value === "string" && value.trim() !== "")
      found.set(name, value)
  }
  return found
}

/**
 * The environment with the config's `env` block; a direct key goes before the same key of `vars`.
 */
export const withBlock = (
  base: ReadonlyMap<string, Variable>,
  config: Config
): ReadonlyMap<string, Variable> => {
  const variables = new Map(base)
  for (const [name, value] of fromBlock(config)) {
    if (isFree(variables, name))
      variables.set(name, { value: Redacted.make(value), source: { _tag: "Config" } })
  }
  return variables
}

/**
 * Entries of the config's `env` block that have no effect, because the variable is set to something
 * else; with where it is set.
 */
export const shadowed = (
  base: ReadonlyMap<string, Variable>,
  config: Config
): ReadonlyArray<{ readonly name: string; readonly from: string }> =>
  [...fromBlock(config)].flatMap(([name, value]) => {
    const there = base.get(name)
    if (there === undefined || isFree(base, name) || Redacted.value(there.value) === value)
      return []
    return [
      {
        name,
        from: there.source._tag === "DotEnv" ? `in ${there.source.file}` : "in the environment"
      }
    ]
  })

/** Whether and how the login shell is to be asked. */
export interface ShellPlan {
  readonly enabled: boolean
  /** Whether to ask now: enabled, not deferred, and none of the keys is there. */
  readonly ask: boolean
  readonly timeoutMs: number
}

/** The plan for an environment that already has the config's block. */
export const shellPlan = (variables: ReadonlyMap<string, Variable>, config: Config): ShellPlan => {
  const environment: EffectiveEnvironment = { variables, shell: { enabled: false, applied: [] } }
  const isOn = (name: string): boolean => Option.getOrElse(flag(environment, name), () => false)
  const enabled = config.env?.shellEnv?.enabled === true || isOn("CLAWDBOT_LOAD_SHELL_ENV")
  const fromVariable = Option.filter(
    Option.map(lookup(environment, "CLAWDBOT_SHELL_ENV_TIMEOUT_MS"), ({ value }) =>
      Number(Redacted.value(value))
    ),
    (milliseconds) => Number.isFinite(milliseconds) && milliseconds >= 0
  )
  return {
    enabled,
    ask:
      enabled &&
      !isOn("CLAWDBOT_DEFER_SHELL_ENV_FALLBACK") &&
      shellKeys.every((name) => isFree(variables, name)),
    timeoutMs:
      config.env?.shellEnv?.timeoutMs ??
      Option.getOrElse(fromVariable, () => defaults["env.shellEnv.timeoutMs"])
  }
}

/** The environment with what the login shell has for the keys. */
export const withShell = (
  variables: ReadonlyMap<string, Variable>,
  shell: ReadonlyMap<string, Redacted.Redacted>,
  enabled: boolean
): EffectiveEnvironment => {
  const all = new Map(variables)
  const applied: Array<string> = []
  for (const name of shellKeys) {
    const value = shell.get(name)
    if (value === undefined || Redacted.value(value).trim() === "" || !isFree(all, name)) continue
    all.set(name, { value, source: { _tag: "LoginShell" } })
    applied.push(name)
  }
  return { variables: all, shell: { enabled, applied } }
}

/** The environment with profiles of the provider's SDK, whose ids are no names of variables. */
export const withSdkProfiles = (
  { shell, variables }: EffectiveEnvironment,
  profiles: ReadonlyMap<string, Variable>
): EffectiveEnvironment => ({ variables: new Map([...variables, ...profiles]), shell })
