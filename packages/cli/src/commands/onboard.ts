/**
 * `clawdbot onboard`: the first credential, by questions or by flags (S1, S2,
 * S6, S7).
 */

import { ClaudeCodeLogin } from "@clawdbot/domain/ClaudeCode/ClaudeCodeLogin"
import { ConfigStore } from "@clawdbot/domain/Config/ConfigStore"
import { defaults } from "@clawdbot/domain/Config/defaults"
import { gatewayAddress } from "@clawdbot/domain/Config/gatewayAddress"
import { listIf } from "@clawdbot/domain/Document/listIf"
import { StatePaths } from "@clawdbot/domain/Environment/StatePaths"
import { HealthStore } from "@clawdbot/domain/Health/HealthStore"
import type { ProbeResult } from "@clawdbot/domain/Status/Probe"
import * as Effect from "effect/Effect"
import { InputMissing, NotOffered, UsageError } from "../CliError.ts"
import { command } from "../commandLine/definition.ts"
import { exit } from "../exit.ts"
import * as Input from "../input.ts"
import { withProfile } from "../shownCommand.ts"
import { IoStreams } from "../terminal/IoStreams.ts"
import { jsonLines } from "../terminal/lines.ts"
import { agentFor } from "./agentFor.ts"
import { apiKey, claudeLogin, pastedToken, type Setting, type Stored } from "./onboardChoices.ts"
import * as OnboardGateway from "./onboardGateway.ts"
import { type Choice, hidden, options, type Values } from "./onboardOptions.ts"
import * as OnboardProbe from "./onboardProbe.ts"

const here = "clawdbot onboard"
/**
 * What the flags ask for; undefined when a person has to be asked. A key or token given by flag
 * says it all (S2).
 */
const choiceOf = (values: Values): Choice | undefined => {
  if (values.authChoice !== undefined) return values.authChoice
  if (values.anthropicApiKey !== undefined || values.anthropicApiKeyFile !== undefined)
    return "apiKey"
  if (values.token !== undefined || values.tokenFile !== undefined) return "token"
  return undefined
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
  if (values.mode === "remote" && values.remoteUrl === undefined)
    return new InputMissing({
      problem: "--mode remote requires --remote-url",
      flags: "--remote-url URL"
    })
  return undefined
}

const askChoice = Effect.gen(function* () {
  const login = yield* (yield* ClaudeCodeLogin).look
  const claudeCode = { key: "claude-cli", title: "Claude Code login" } as const
  const found = { ...claudeCode, title: `${claudeCode.title} (found on this machine)` }
  const missing = { ...claudeCode, title: `${claudeCode.title} (not found on this machine)` }
  return yield* Input.choose<Choice>("How do you want to connect to Claude?", [
    ...listIf(login.present, found),
    { key: "apiKey", title: "Anthropic API key" },
    { key: "token", title: "Anthropic token (paste setup-token)" },
    ...listIf(!login.present, missing),
    { key: "skip", title: "Skip for now" }
  ])
})

const notAsked = Effect.suspend(
  () =>
    new InputMissing({
      problem: "no credential was given, and there is no terminal to ask at",
      flags:
        "one of --anthropic-api-key -, --auth-choice token --token - and --auth-choice claude-cli"
    })
)

/** The command. */
export const onboard = command({
  name: "onboard",
  description: "Set up the first credential: an API key, a setup token, or a Claude Code login.",
  examples: [
    "clawdbot onboard --anthropic-api-key - < key.txt",
    "clawdbot onboard --auth-choice claude-cli"
  ],
  options,
  hidden,
  credentials: ["anthropic-api-key", "token"],
  run: (values) =>
    Effect.gen(function* () {
      const io = yield* IoStreams
      const paths = yield* StatePaths
      const given = choiceOf(values)
      if (values.nonInteractive && !values.acceptRisk && !hasSecret(values)) {
        return yield* new InputMissing({
          problem: "--non-interactive requires --accept-risk (agents can act on your behalf)",
          flags: "--accept-risk"
        })
      }
      const mistake = outerMistake(values)
      if (mistake !== undefined) return yield* mistake
      if (values.reset) {
        return yield* new NotOffered({
          what: "--reset is not supported: it would remove your credentials",
          instead: `to start over, move ${paths.stateDir} away yourself`
        })
      }
      // The config comes first: a broken one must stop this before anything is asked.
      const agent = yield* agentFor(values.agent)
      yield* OnboardGateway.check(values)
      const interactive = io.interactive && !values.nonInteractive
      const usual: Choice | undefined = values.nonInteractive ? "skip" : undefined
      const choice: Choice = given ?? usual ?? (yield* interactive ? askChoice : notAsked)
      const stored: Stored | undefined = yield* carryOut(choice, values, {
        agent: agent.id,
        interactive,
        mayAsk: interactive && !values.json,
        replace: values.replace
      })
      const settings = yield* OnboardGateway.apply(values)
      if (!values.json) yield* tellDone([...(stored?.lines ?? []), ...settings])
      const isAsked = interactive && given === undefined && !values.noProbe && !values.json
      const mayProbe = stored !== undefined && !values.probe && isAsked
      const answer = mayProbe ? yield* OnboardProbe.allowed : undefined
      const isProbed = stored !== undefined && (values.probe || answer === "yes")
      const probed = isProbed ? yield* OnboardProbe.probeStored(agent, stored.profile) : undefined
      if (values.json) yield* io.stdout(jsonLines(yield* summary(values, choice, stored, probed)))
      else {
        if (probed !== undefined) yield* OnboardProbe.tell(probed, paths.profileName)
        yield* tellNext(stored)
      }
      if (answer === "cancelled") return exit.interrupted
      if (probed === undefined || probed.status === "ok") return exit.done
      return exit.failed
    })
})

const carryOut = Effect.fnUntraced(function* (choice: Choice, values: Values, setting: Setting) {
  switch (choice) {
    case "apiKey":
      return yield* apiKey({
        ...setting,
        given: values.anthropicApiKey,
        file: values.anthropicApiKeyFile
      })
    case "token":
      return yield* pastedToken({
        ...setting,
        given: values.token,
        file: values.tokenFile,
        provider: values.tokenProvider,
        named: values.tokenProfileId,
        expiresIn: values.tokenExpiresIn
      })
    case "claude-cli":
      return yield* claudeLogin(setting)
    case "setup-token":
    case "oauth":
      return yield* new NotOffered({
        what: `--auth-choice ${choice} does not store a credential by itself`,
        instead:
          "run claude setup-token, then: clawdbot models auth paste-token --provider anthropic"
      })
    case "skip":
      return undefined
  }
})

/** Modes of the gateway as its flag calls them. */
const authWords = { token: "token", password: "password", none: "off" } as const

/** The document for programs; the gateway's part is what is in force now. */
const summary = Effect.fnUntraced(function* (
  values: Values,
  choice: Choice,
  stored: Stored | undefined,
  probed: ProbeResult | undefined
) {
  const { config } = yield* (yield* ConfigStore).load
  return {
    mode: values.mode ?? "local",
    workspace: values.workspace,
    authChoice: choice,
    gateway: {
      port: gatewayAddress(config).port,
      bind: config.gateway?.bind ?? defaults["gateway.bind"],
      authMode: authWords[config.gateway?.auth?.mode ?? "token"],
      tailscaleMode: values.tailscale ?? "off"
    },
    installDaemon: values.installDaemon,
    skipSkills: values.skipSkills,
    skipHealth: values.skipHealth,
    profile: stored?.profile,
    storePath: stored?.storePath,
    probe: probed
  }
})

const tellDone = Effect.fnUntraced(function* (lines: ReadonlyArray<string>) {
  const io = yield* IoStreams
  for (const line of lines.length === 0 ? ["Nothing was set up."] : lines) yield* io.stdout(line)
})

const tellNext = Effect.fnUntraced(function* (stored: Stored | undefined) {
  const next =
    stored === undefined
      ? "next: clawdbot onboard --anthropic-api-key -   (or: clawdbot gateway --practice)"
      : "next: clawdbot models status, then: clawdbot gateway"
  // What cannot be written is said here, before what comes next; the finalizer would say it after.
  yield* Effect.catchAll((yield* HealthStore).flush, ({ message }) => Effect.logWarning(message))
  yield* (yield* IoStreams).stderr(withProfile(next, (yield* StatePaths).profileName))
})
