/**
 * `clawdbot onboard`: the first credential, by questions or by flags (config-and-cli.md §9, S1, S2,
 * S6, S7).
 */

import type { AgentId } from "@clawdbot/domain/Agent/AgentId"
import { ClaudeCodeLogin } from "@clawdbot/domain/ClaudeCode/ClaudeCodeLogin"
import { type ConfigEdit, ConfigStore } from "@clawdbot/domain/Config/ConfigStore"
import { StatePaths } from "@clawdbot/domain/Environment/StatePaths"
import { HealthStore } from "@clawdbot/domain/Health/HealthStore"
import type { ProbeResult } from "@clawdbot/domain/Status/Probe"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { InputMissing, NotOffered, UsageError } from "../CliError.ts"
import { command, type Values as ValuesOf } from "../commandLine/definition.ts"
import * as CommandOptions from "../commandLine/options.ts"
import { exit } from "../exit.ts"
import * as Input from "../input.ts"
import { withProfile } from "../shownCommand.ts"
import { jsonLines } from "../terminal/lines.ts"
import { Terminal } from "../terminal/Terminal.ts"
import { agentFor } from "./agentFor.ts"
import { apiKey, claudeLogin, pastedToken, type Stored } from "./onboardChoices.ts"
import * as OnboardProbe from "./onboardProbe.ts"

const here = "clawdbot onboard"
const choices = ["apiKey", "token", "claude-cli", "setup-token", "oauth", "skip"] as const
type Choice = (typeof choices)[number]

const options = {
  anthropicApiKey: CommandOptions.text(
    "anthropic-api-key",
    "KEY",
    "Store this API key; - reads it from standard input. Needs no other flag."
  ),
  anthropicApiKeyFile: CommandOptions.text(
    "anthropic-api-key-file",
    "FILE",
    "The same, from a file."
  ),
  authChoice: CommandOptions.choice(
    "auth-choice",
    choices,
    `What to set up: ${choices.join(", ")}.`
  ),
  token: CommandOptions.text(
    "token",
    "TOKEN",
    "With --auth-choice token: the setup token; - reads it from standard input."
  ),
  tokenFile: CommandOptions.text("token-file", "FILE", "The same, from a file."),
  tokenProvider: CommandOptions.text(
    "token-provider",
    "PROVIDER",
    "With --auth-choice token: anthropic."
  ),
  tokenProfileId: CommandOptions.text(
    "token-profile-id",
    "PROFILE",
    "The profile to store the token under. Default: anthropic:default."
  ),
  tokenExpiresIn: CommandOptions.text(
    "token-expires-in",
    "DURATION",
    "When the token ends, e.g. 365d."
  ),
  agent: CommandOptions.text("agent", "AGENT", "The agent to set up. Default: the default agent."),
  nonInteractive: CommandOptions.flag(
    "non-interactive",
    "Never ask; fail and name the missing flag."
  ),
  acceptRisk: CommandOptions.flag(
    "accept-risk",
    "Say that you know that agents can act on your behalf."
  ),
  probe: CommandOptions.flag(
    "probe",
    "Then send one small real request with it, and fail when nothing answers."
  ),
  noProbe: CommandOptions.flag("no-probe", "Do not ask whether to send one."),
  json: CommandOptions.json,
  mode: CommandOptions.text("mode", "MODE", "Accepted for older scripts; does nothing."),
  workspace: CommandOptions.text("workspace", "DIR", "Accepted for older scripts; does nothing."),
  flow: CommandOptions.text("flow", "FLOW", "Accepted for older scripts; does nothing."),
  gatewayPort: CommandOptions.text("gateway-port", "N", "The port of the gateway (gateway.port)."),
  gatewayBind: CommandOptions.choice(
    "gateway-bind",
    ["loopback", "lan", "auto", "custom", "tailnet"],
    "Where the gateway listens (gateway.bind): loopback or lan."
  ),
  gatewayAuth: CommandOptions.choice(
    "gateway-auth",
    ["token", "password", "off"],
    "How clients of the gateway prove themselves (gateway.auth.mode): token, password."
  ),
  gatewayToken: CommandOptions.text(
    "gateway-token",
    "TOKEN",
    "The gateway's client token (gateway.auth.token). Default: one is made at its first start."
  ),
  gatewayPassword: CommandOptions.text(
    "gateway-password",
    "PASSWORD",
    "The same as a password (gateway.auth.password)."
  ),
  remoteUrl: CommandOptions.text("remote-url", "URL", "Accepted for older scripts; does nothing."),
  remoteToken: CommandOptions.text(
    "remote-token",
    "TOKEN",
    "Accepted for older scripts; does nothing."
  ),
  tailscale: CommandOptions.text("tailscale", "MODE", "Accepted for older scripts; does nothing."),
  daemonRuntime: CommandOptions.text(
    "daemon-runtime",
    "RUNTIME",
    "Accepted for older scripts; does nothing."
  ),
  nodeManager: CommandOptions.text(
    "node-manager",
    "MANAGER",
    "Accepted for older scripts; does nothing."
  ),
  reset: CommandOptions.flag("reset", "Not offered here."),
  tailscaleResetOnExit: CommandOptions.flag("tailscale-reset-on-exit", "Does nothing."),
  installDaemon: CommandOptions.flag("install-daemon", "Does nothing."),
  noInstallDaemon: CommandOptions.flag("no-install-daemon", "Does nothing."),
  skipDaemon: CommandOptions.flag("skip-daemon", "Does nothing."),
  skipChannels: CommandOptions.flag("skip-channels", "Does nothing."),
  skipSkills: CommandOptions.flag("skip-skills", "Does nothing."),
  skipHealth: CommandOptions.flag("skip-health", "Does nothing."),
  skipUi: CommandOptions.flag("skip-ui", "Does nothing.")
}

const hidden = [
  "mode",
  "workspace",
  "flow",
  "remote-url",
  "remote-token",
  "tailscale",
  "daemon-runtime",
  "node-manager",
  "tailscale-reset-on-exit",
  "install-daemon",
  "no-install-daemon",
  "skip-daemon",
  "skip-channels",
  "skip-skills",
  "skip-health",
  "skip-ui"
]

type Values = ValuesOf<typeof options>

/**
 * What the flags ask for; undefined when a person has to be asked. A key or token given by flag
 * says it all (S2).
 */
const choiceOf = (values: Values): Choice | undefined => {
  if (values.authChoice !== undefined) return values.authChoice
  if (values.anthropicApiKey !== undefined || values.anthropicApiKeyFile !== undefined)
    return "apiKey"
  return values.token !== undefined || values.tokenFile !== undefined ? "token" : undefined
}

const hasSecret = (values: Values): boolean =>
  [values.anthropicApiKey, values.anthropicApiKeyFile, values.token, values.tokenFile].some(
    (value) => value !== undefined
  )

/**
 * Flags that other parts of the reference check, so that scripts learn of a mistake here as they
 * did there.
 */
const outerMistake = (values: Values): UsageError | InputMissing | undefined => {
  const port = values.gatewayPort
  if (port !== undefined && !(Number(port) > 0 && Number(port) < 65536)) {
    return new UsageError({ problem: `invalid --gateway-port "${port}"`, command: here })
  }
  if (values.mode !== undefined && values.mode !== "local" && values.mode !== "remote") {
    return new UsageError({
      problem: `invalid --mode "${values.mode}" (local, remote)`,
      command: here
    })
  }
  return values.mode === "remote" && values.remoteUrl === undefined
    ? new InputMissing({ what: "the address of the remote gateway", flags: "--remote-url URL" })
    : undefined
}

/** What the gateway's flags ask for, as edits of the config. */
const gatewayEdits = (values: Values): ReadonlyArray<ConfigEdit> => {
  const set = (path: ReadonlyArray<string>, value: unknown): ReadonlyArray<ConfigEdit> =>
    value === undefined ? [] : [{ _tag: "Set", path: ["gateway", ...path], value }]
  const port = values.gatewayPort
  const {
    gatewayAuth: mode,
    gatewayBind: bind,
    gatewayPassword: password,
    gatewayToken: token
  } = values
  return [
    ...set(["port"], port === undefined ? undefined : Number(port)),
    ...set(["bind"], bind),
    ...set(["auth", "mode"], mode === "off" ? "none" : mode),
    ...set(["auth", "token"], token),
    ...set(["auth", "password"], password)
  ]
}

const askChoice = Effect.gen(function* () {
  const login = yield* (yield* ClaudeCodeLogin).look
  return yield* Input.choose<Choice>("What do you have?", [
    { key: "apiKey", title: "Anthropic API key" },
    { key: "token", title: "Anthropic token (paste setup-token)" },
    {
      key: "claude-cli",
      title: login.present
        ? "Claude Code login (found on this machine)"
        : "Claude Code login (none found here)"
    },
    { key: "skip", title: "Nothing yet" }
  ])
})

/** The command. */
export const onboard = command({
  name: "onboard",
  description: "Set up the first credential: an API key, a setup token, or a Claude Code login.",
  examples: [
    'clawdbot onboard --anthropic-api-key "$ANTHROPIC_API_KEY"',
    "clawdbot onboard --auth-choice claude-cli"
  ],
  options,
  hidden,
  run: (values) =>
    Effect.gen(function* () {
      const terminal = yield* Terminal
      const paths = yield* StatePaths
      const given = choiceOf(values)
      if (values.nonInteractive && !values.acceptRisk && !hasSecret(values)) {
        return yield* new InputMissing({
          what: "your word that you know that an agent can act on your behalf",
          flags: "--accept-risk (with --non-interactive)"
        })
      }
      const mistake = outerMistake(values)
      if (mistake !== undefined) return yield* mistake
      if (values.reset) {
        return yield* new NotOffered({
          what: "--reset is not offered: it would move credentials away",
          instead: `move ${paths.stateDir} aside by hand`
        })
      }
      // The config comes first: a broken one must stop this before anything is asked.
      const agent = yield* agentFor(values.agent)
      const interactive = terminal.interactive && !values.nonInteractive
      const choice: Choice =
        given ??
        (values.nonInteractive
          ? "skip"
          : interactive
            ? yield* askChoice
            : yield* new InputMissing({
                what: "what to set up",
                flags:
                  "--anthropic-api-key -, --auth-choice token --token -, or --auth-choice claude-cli"
              }))
      const edits = gatewayEdits(values)
      if (edits.length > 0) yield* (yield* ConfigStore).edit(() => Either.right(edits))
      const stored: Stored | undefined = yield* carryOut(choice, values, agent.id, interactive)
      if (!values.json) yield* tellStored(stored)
      const isAsked = interactive && given === undefined && !values.noProbe && !values.json
      const isProbed =
        stored !== undefined && (values.probe || (isAsked && (yield* OnboardProbe.allowed)))
      const probed = isProbed ? yield* OnboardProbe.probeStored(agent, stored.profile) : undefined
      if (values.json) yield* terminal.result(jsonLines(summary(values, choice, stored, probed)))
      else {
        if (probed !== undefined) yield* OnboardProbe.tell(probed, paths.profileName)
        yield* tellNext(stored)
      }
      return probed === undefined || probed.status === "ok" ? exit.done : exit.failed
    })
})

const carryOut = Effect.fnUntraced(function* (
  choice: Choice,
  values: Values,
  agent: AgentId,
  interactive: boolean
) {
  switch (choice) {
    case "apiKey":
      return yield* apiKey({
        agent,
        given: values.anthropicApiKey,
        file: values.anthropicApiKeyFile,
        interactive
      })
    case "token":
      return yield* pastedToken({
        agent,
        given: values.token,
        file: values.tokenFile,
        provider: values.tokenProvider,
        profile: values.tokenProfileId,
        expiresIn: values.tokenExpiresIn,
        interactive
      })
    case "claude-cli":
      return yield* claudeLogin(agent)
    case "setup-token":
    case "oauth":
      return yield* new NotOffered({
        what: `--auth-choice ${choice} stores nothing by itself`,
        instead:
          "run claude setup-token, then: clawdbot models auth paste-token --provider anthropic"
      })
    case "skip":
      return undefined
  }
})

const summary = (
  values: Values,
  choice: Choice,
  stored: Stored | undefined,
  probed: ProbeResult | undefined
) => ({
  mode: values.mode ?? "local",
  ...(values.workspace !== undefined ? { workspace: values.workspace } : {}),
  authChoice: choice,
  gateway: {
    port: Number(values.gatewayPort ?? 18_789),
    bind: values.gatewayBind ?? "loopback",
    authMode: values.gatewayAuth ?? "token",
    tailscaleMode: values.tailscale ?? "off"
  },
  installDaemon: values.installDaemon,
  skipSkills: values.skipSkills,
  skipHealth: values.skipHealth,
  ...(stored === undefined ? {} : { profile: stored.profile, storePath: stored.storePath }),
  ...(probed === undefined ? {} : { probe: probed })
})

const tellStored = Effect.fnUntraced(function* (stored: Stored | undefined) {
  const terminal = yield* Terminal
  for (const line of stored?.lines ?? ["Nothing was set up."]) yield* terminal.result(line)
})

const tellNext = Effect.fnUntraced(function* (stored: Stored | undefined) {
  const next =
    stored === undefined
      ? "next: clawdbot onboard --anthropic-api-key -   (or: clawdbot gateway --practice)"
      : "next: clawdbot models status, then: clawdbot gateway"
  // What cannot be written is said here, before what comes next; the finalizer would say it after.
  yield* Effect.ignore((yield* HealthStore).flush)
  yield* (yield* Terminal).say(withProfile(next, (yield* StatePaths).profileName))
})
