/** The options of `clawdbot onboard`. */
import type { Values as ValuesOf } from "../commandLine/definition.ts"
import * as CommandOptions from "../commandLine/options.ts"

/** What `--auth-choice` may be. */
export const choices = ["apiKey", "token", "claude-cli", "setup-token", "oauth", "skip"] as const
export type Choice = (typeof choices)[number]

/** The options of `clawdbot onboard`. */
export const options = {
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
    "With --auth-choice token: the provider; only anthropic."
  ),
  tokenProfileId: CommandOptions.text(
    "token-profile-id",
    "PROFILE",
    "The profile to store the token under. Default: anthropic:default."
  ),
  tokenExpiresIn: CommandOptions.text(
    "token-expires-in",
    "DURATION",
    "When the token expires, e.g. 365d."
  ),
  replace: CommandOptions.replace,
  agent: CommandOptions.text("agent", "AGENT", "The agent to set up. Default: the default agent."),
  nonInteractive: CommandOptions.flag(
    "non-interactive",
    "Never ask; if a flag is missing, fail and name it."
  ),
  acceptRisk: CommandOptions.flag("accept-risk", "Acknowledge that agents can act on your behalf."),
  probe: CommandOptions.flag("probe", "Then send a small test request; exit with 1 if it fails."),
  noProbe: CommandOptions.flag("no-probe", "Send no test request and do not ask."),
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
    "How clients authenticate to the gateway (gateway.auth.mode): token, password, or " +
      "off on loopback."
  ),
  gatewayToken: CommandOptions.text(
    "gateway-token",
    "TOKEN",
    "The gateway's client token (gateway.auth.token). Default: created at its first start."
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
  reset: CommandOptions.flag("reset", "Not supported."),
  tailscaleResetOnExit: CommandOptions.flag("tailscale-reset-on-exit", "Does nothing."),
  installDaemon: CommandOptions.flag("install-daemon", "Does nothing."),
  noInstallDaemon: CommandOptions.flag("no-install-daemon", "Does nothing."),
  skipDaemon: CommandOptions.flag("skip-daemon", "Does nothing."),
  skipChannels: CommandOptions.flag("skip-channels", "Does nothing."),
  skipSkills: CommandOptions.flag("skip-skills", "Does nothing."),
  skipHealth: CommandOptions.flag("skip-health", "Does nothing."),
  skipUi: CommandOptions.flag("skip-ui", "Does nothing.")
}

/** Options of older scripts that concern other programs (decision D25). */
export const hidden = [
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

export type Values = ValuesOf<typeof options>
