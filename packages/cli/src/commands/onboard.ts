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
import { nearest } from "../argv/nearest.ts"
import {
  command,
  type Flags,
  type FlagValues,
  flagSwitch,
  flagText,
  ignored
} from "../argv/spec.ts"
import { InputMissing, NotOffered, UsageError } from "../CliError.ts"
import { exit } from "../exit.ts"
import * as Input from "../input.ts"
import { withProfile } from "../shownCommand.ts"
import { Terminal } from "../terminal/Terminal.ts"
import { agentFor } from "./agentFor.ts"
import { apiKey, claudeLogin, pastedToken, type Stored } from "./onboardChoices.ts"
import * as OnboardProbe from "./onboardProbe.ts"

const here = "clawdbot onboard"
const choices = ["apiKey", "token", "claude-cli", "setup-token", "oauth", "skip"] as const
type Choice = (typeof choices)[number]

const flags = {
  "anthropic-api-key": flagText(
    "KEY",
    "Store this API key; - reads it from standard input. Needs no other flag."
  ),
  "anthropic-api-key-file": flagText("FILE", "The same, from a file.", "files"),
  "auth-choice": flagText("CHOICE", `What to set up: ${choices.join(", ")}.`, choices),
  token: flagText(
    "TOKEN",
    "With --auth-choice token: the setup token; - reads it from standard input."
  ),
  "token-file": flagText("FILE", "The same, from a file.", "files"),
  "token-provider": flagText("PROVIDER", "With --auth-choice token: anthropic.", "providers"),
  "token-profile-id": flagText(
    "ID",
    "The profile to store the token under. Default: anthropic:default.",
    "profiles"
  ),
  "token-expires-in": flagText("DURATION", "When the token ends, e.g. 365d."),
  agent: flagText("ID", "The agent to set up. Default: the default agent.", "agents"),
  "non-interactive": flagSwitch("Never ask; fail and name the missing flag."),
  "accept-risk": flagSwitch("Say that you know that agents can act on your behalf."),
  probe: flagSwitch("Then send one small real request with it, and fail when nothing answers."),
  "no-probe": flagSwitch("Do not ask whether to send one."),
  json: flagSwitch("Print the result as one JSON document."),
  mode: ignored("MODE"),
  workspace: ignored("DIR"),
  flow: ignored("FLOW"),
  "gateway-port": flagText("N", "The port of the gateway (gateway.port)."),
  "gateway-bind": flagText("WHERE", "Where the gateway listens (gateway.bind): loopback or lan.", [
    "loopback",
    "lan"
  ]),
  "gateway-auth": flagText(
    "MODE",
    "How clients of the gateway prove themselves (gateway.auth.mode): token, password.",
    ["token", "password"]
  ),
  "gateway-token": flagText(
    "TOKEN",
    "The gateway's client token (gateway.auth.token). Default: one is made at its first start."
  ),
  "gateway-password": flagText("PASSWORD", "The same as a password (gateway.auth.password)."),
  "remote-url": ignored("URL"),
  "remote-token": ignored("TOKEN"),
  tailscale: ignored("MODE"),
  "daemon-runtime": ignored("RUNTIME"),
  "node-manager": ignored("MANAGER"),
  reset: flagSwitch("Not offered here."),
  "tailscale-reset-on-exit": flagSwitch("Does nothing."),
  "install-daemon": flagSwitch("Does nothing."),
  "no-install-daemon": flagSwitch("Does nothing."),
  "skip-daemon": flagSwitch("Does nothing."),
  "skip-channels": flagSwitch("Does nothing."),
  "skip-skills": flagSwitch("Does nothing."),
  "skip-health": flagSwitch("Does nothing."),
  "skip-ui": flagSwitch("Does nothing.")
} satisfies Flags

type Values = FlagValues<typeof flags>

const isChoice = (text: string): text is Choice => choices.some((choice) => choice === text)

/**
 * What the flags ask for; undefined when a person has to be asked. A key or token given by flag
 * says it all (S2).
 */
const choiceOf = (values: Values) =>
  Effect.gen(function* () {
    const named = values["auth-choice"]
    if (named !== undefined) {
      if (isChoice(named)) return named
      const suggestion = nearest(named, choices)
      return yield* new UsageError({
        problem: `unknown --auth-choice "${named}" (${choices.join(", ")})`,
        command: here,
        ...(suggestion === undefined ? {} : { suggestion: `--auth-choice ${suggestion}` })
      })
    }
    if (values["anthropic-api-key"] !== undefined || values["anthropic-api-key-file"] !== undefined)
      return "apiKey"
    if (values.token !== undefined || values["token-file"] !== undefined) return "token"
    return undefined
  })

const hasSecret = (values: Values): boolean =>
  [
    values["anthropic-api-key"],
    values["anthropic-api-key-file"],
    values.token,
    values["token-file"]
  ].some((value) => value !== undefined)

/**
 * Flags that other parts of the reference check, so that scripts learn of a mistake here as they
 * did there.
 */
const outerMistake = (values: Values): UsageError | InputMissing | undefined => {
  const port = values["gateway-port"]
  if (port !== undefined && !(Number(port) > 0 && Number(port) < 65536)) {
    return new UsageError({ problem: `invalid --gateway-port "${port}"`, command: here })
  }
  if (values.mode !== undefined && values.mode !== "local" && values.mode !== "remote") {
    return new UsageError({
      problem: `invalid --mode "${values.mode}" (local, remote)`,
      command: here
    })
  }
  return values.mode === "remote" && values["remote-url"] === undefined
    ? new InputMissing({ what: "the address of the remote gateway", flags: "--remote-url URL" })
    : undefined
}

/** What the gateway's flags ask for, as edits of the config. */
const gatewayEdits = (values: Values): ReadonlyArray<ConfigEdit> => {
  const set = (path: ReadonlyArray<string>, value: unknown): ReadonlyArray<ConfigEdit> =>
    value === undefined ? [] : [{ _tag: "Set", path: ["gateway", ...path], value }]
  const port = values["gateway-port"]
  const {
    "gateway-auth": mode,
    "gateway-bind": bind,
    "gateway-password": password,
    "gateway-token": token
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
  describe: "Set up the first credential: an API key, a setup token, or a Claude Code login.",
  flags,
  run: (values) =>
    Effect.gen(function* () {
      const terminal = yield* Terminal
      const paths = yield* StatePaths
      const given = yield* choiceOf(values)
      if (values["non-interactive"] && !values["accept-risk"] && !hasSecret(values)) {
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
      const interactive = terminal.interactive && !values["non-interactive"]
      const choice: Choice =
        given ??
        (values["non-interactive"]
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
      const isAsked = interactive && given === undefined && !values["no-probe"] && !values.json
      const isProbed =
        stored !== undefined && (values.probe || (isAsked && (yield* OnboardProbe.allowed)))
      const probed = isProbed ? yield* OnboardProbe.probeStored(agent, stored.profile) : undefined
      if (values.json)
        yield* terminal.result(JSON.stringify(summary(values, choice, stored, probed), null, 2))
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
        given: values["anthropic-api-key"],
        file: values["anthropic-api-key-file"],
        interactive
      })
    case "token":
      return yield* pastedToken({
        agent,
        given: values.token,
        file: values["token-file"],
        provider: values["token-provider"],
        profile: values["token-profile-id"],
        expiresIn: values["token-expires-in"],
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
    port: Number(values["gateway-port"] ?? 18_789),
    bind: values["gateway-bind"] ?? "loopback",
    authMode: values["gateway-auth"] ?? "token",
    tailscaleMode: values.tailscale ?? "off"
  },
  installDaemon: values["install-daemon"],
  skipSkills: values["skip-skills"],
  skipHealth: values["skip-health"],
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
