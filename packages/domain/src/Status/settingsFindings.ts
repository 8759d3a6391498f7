/**
 * What `clawdbot doctor` finds about where credentials come from: Claude Code's login, variables,
 * keys of the config. Pure.
 */
import { renderExact } from "@clawdbot/json5-edit/KeyPath"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import type { ConfigSnapshot } from "../Config/ConfigStore.ts"
import * as KnownKeys from "../Config/KnownKeys.ts"
import { shownPath } from "../Config/secretKeys.ts"
import { lookup } from "../Environment/Environment.ts"
import { shorten } from "../Environment/StatePaths.ts"
import * as ProfileId from "../Profile/ProfileId.ts"
import type { Facts } from "./DoctorFacts.ts"
import { type Finding, finding } from "./Finding.ts"

const ofClaudeCode = (facts: Facts, config: ConfigSnapshot): ReadonlyArray<Finding> => {
  if (
    !facts.claudeCode.present ||
    Object.hasOwn(config.config.auth?.profiles ?? {}, ProfileId.claudeCode)
  )
    return []
  return [
    finding(
      "claude-code-seen",
      "note",
      `Claude Code is logged in on this machine (${shorten(facts.paths, facts.claudeCode.place)})`,
      "its login is used only with your consent",
      "clawdbot onboard --auth-choice claude-cli"
    )
  ]
}

const ofVariables = (facts: Facts, config: ConfigSnapshot): ReadonlyArray<Finding> => {
  const both = ["ANTHROPIC_OAUTH_TOKEN", "ANTHROPIC_API_KEY"].filter((name) =>
    Option.isSome(lookup(config.environment, name))
  )
  return [
    ...facts.shadowed.map(({ from, name }) =>
      finding(
        "variable-shadows-config",
        "warning",
        `${name} is set ${from}, so the value in the config's "env" is not used`,
        "changing it in the config has no effect",
        `remove one of the two`
      )
    ),
    ...facts.moved.map((name) =>
      finding(
        "variable-moves-files",
        "note",
        `${name} is set`,
        "clawdbot looks for its files there",
        `to use the default location, unset ${name}`
      )
    ),
    ...(both.length < 2
      ? []
      : [
          finding(
            "two-keys",
            "note",
            `both ${both.join(" and ")} are set`,
            "the first one is tried before the second",
            "unset the one that is not wanted"
          )
        ])
  ]
}

const ofOwnKeys = (config: ConfigSnapshot): ReadonlyArray<Finding> => {
  const keys = KnownKeys.ownKeys(Redacted.value(config.value)).map((path) =>
    renderExact(shownPath(path))
  )
  if (keys.length === 0) return []
  return [
    finding(
      "own-keys",
      "note",
      `the config has keys that only clawdbot's current version knows: ${keys.join(", ")}`,
      "the original clawdbot does not accept these keys",
      "before going back to the original: " +
        `${keys.map((key) => `clawdbot config unset '${key}'`).join("; ")}`
    )
  ]
}

/** All of them. */
export const ofSettings = (facts: Facts, config: ConfigSnapshot): ReadonlyArray<Finding> => [
  ...ofClaudeCode(facts, config),
  ...ofVariables(facts, config),
  ...ofOwnKeys(config)
]
