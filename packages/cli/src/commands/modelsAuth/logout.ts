/**
 * `clawdbot models auth logout`: takes a credential out of an agent's store. It is kept aside and
 * can be restored until it is purged; the provider is told nothing, and Claude Code's own login
 * stays.
 */
import * as ProfileId from "@clawdbot/domain/Profile/ProfileId"
import * as Effect from "effect/Effect"
import { ProfileUnknown, UsageError } from "../../CliError.ts"
import { command } from "../../commandLine/definition.ts"
import * as CommandOptions from "../../commandLine/options.ts"
import { exit } from "../../exit.ts"
import { agentFor } from "../agentFor.ts"

/** The command. */
export const logout = command({
  name: "logout",
  description: "Remove a credential from the store; it can be restored until it is purged.",
  examples: ["clawdbot models auth logout anthropic:default"],
  options: {
    undo: CommandOptions.flag("undo", "Restore the removed credential."),
    purge: CommandOptions.flag(
      "purge",
      "Delete it permanently, also from older copies of the store."
    ),
    agent: CommandOptions.agent
  },
  credentials: ["PROFILE"],
  args: { name: CommandOptions.profileArgument },
  run: ({ name, ...values }) =>
    Effect.gen(function* () {
      if (values.undo && values.purge) {
        return yield* new UsageError({
          problem: "--undo and --purge cannot be used together",
          command: "clawdbot models auth logout"
        })
      }
      const agent = yield* agentFor(values.agent)
      if (name === "")
        return yield* new ProfileUnknown({ profile: name, where: agent.dir, problem: "missing" })
      const { logOut, purge, undo } = yield* Effect.promise(() => import("../../logout.ts"))
      const what = { agent, named: values.agent, profile: ProfileId.of(name) }
      if (values.undo) yield* undo(what)
      else if (values.purge) yield* purge(what)
      else yield* logOut(what)
      return exit.done
    })
})
