/**
 * `clawdbot models auth logout`: takes a credential out of an agent's store. It is kept aside and
 * can be restored until it is purged; the provider is told nothing, and Claude Code's own login
 * stays.
 */
import * as ProfileId from "@clawdbot/domain/Profile/ProfileId"
import * as Effect from "effect/Effect"
import { command, flagSwitch, flagText } from "../../argv/spec.ts"
import { ProfileUnknown, UsageError } from "../../CliError.ts"
import { exit } from "../../exit.ts"
import { agentFor } from "../agentFor.ts"

/** The command. */
export const logout = command({
  name: "logout",
  describe: "Take a credential out of the store; it can be restored until it is purged.",
  flags: {
    undo: flagSwitch("Restore what was logged out."),
    purge: flagSwitch("Remove it for good, older copies of the store included."),
    agent: flagText("ID", "The agent. Default: the default agent.", "agents")
  },
  words: {
    name: "PROFILE",
    describe: "The profile, e.g. anthropic:default.",
    atLeast: 1,
    atMost: 1,
    values: ["profiles"]
  },
  run: (values, [name = ""]) =>
    Effect.gen(function* () {
      if (values.undo && values.purge) {
        return yield* new UsageError({
          problem: "--undo and --purge exclude each other",
          command: "clawdbot models auth logout"
        })
      }
      const agent = yield* agentFor(values.agent)
      if (name === "")
        return yield* new ProfileUnknown({ profile: name, where: agent.dir, problem: "missing" })
      const { logOut, purge, undo } = yield* Effect.promise(() => import("../../logout.ts"))
      const what = { agent, named: values.agent, profile: ProfileId.of(name) }
      yield* values.undo ? undo(what) : values.purge ? purge(what) : logOut(what)
      return exit.done
    })
})
