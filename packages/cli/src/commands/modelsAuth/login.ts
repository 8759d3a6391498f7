/**
 * `clawdbot models auth login`: says that there is no login of our own, and which ways there are
 * (decision D3).
 */

import { NotOffered } from "../../CliError.ts"
import { command } from "../../commandLine/definition.ts"
import * as CommandOptions from "../../commandLine/options.ts"

/** The command. */
export const login = command({
  name: "login",
  description: "Show the ways to add a credential (clawdbot has no login of its own).",
  examples: ["clawdbot models auth login"],
  options: {
    provider: CommandOptions.text(
      "provider",
      "PROVIDER",
      "Accepted for older scripts; does nothing."
    ),
    method: CommandOptions.text("method", "METHOD", "Accepted for older scripts; does nothing."),
    setDefault: CommandOptions.flag("set-default", "Does nothing.")
  },
  hidden: ["provider", "method", "set-default"],
  run: () =>
    new NotOffered({
      what: "clawdbot has no login of its own: it never signs in under another program's name",
      instead:
        "an API key: clawdbot onboard --anthropic-api-key -; a setup token: claude " +
        "setup-token, then clawdbot models auth paste-token --provider anthropic; a Claude " +
        "Code login on this machine: clawdbot onboard --auth-choice claude-cli"
    })
})
