/**
 * `clawdbot models auth login`: says that there is no login of our own, and which ways there are
 * (decision D3).
 */
import { command, flagSwitch, ignored } from "../../argv/spec.ts"
import { NotOffered } from "../../CliError.ts"

/** The command. */
export const login = command({
  name: "login",
  describe: "Say which ways there are to get a credential; there is no login of our own.",
  flags: {
    provider: ignored("PROVIDER"),
    method: ignored("METHOD"),
    "set-default": flagSwitch("Does nothing.")
  },
  run: () =>
    new NotOffered({
      what: "there is no login of our own: this program never signs in with another program's name",
      instead:
        "an API key: clawdbot onboard --anthropic-api-key -; a setup token: claude setup-token, then clawdbot models auth paste-token --provider anthropic; a Claude Code login on this machine: clawdbot onboard --auth-choice claude-cli"
    })
})
