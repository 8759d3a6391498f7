/**
 * `clawdbot models auth refresh`: gets new tokens for a login now, whatever life the old ones have
 * left. The gateway does this by itself; here a person sees what comes of it.
 */

import type { Holding } from "@clawdbot/domain/Auth/Roster"
import type { StoredLogin } from "@clawdbot/domain/OAuth/StoredLogin"
import * as EpochMs from "@clawdbot/domain/Time/EpochMs"
import * as Arr from "effect/Array"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { command } from "../../commandLine/definition.ts"
import * as CommandOptions from "../../commandLine/options.ts"
import { exit } from "../../exit.ts"
import { IoStreams } from "../../terminal/IoStreams.ts"
import { withSpinner } from "../../terminal/withSpinner.ts"
import { agentFor } from "../agentFor.ts"

const byHand = Effect.promise(() => import("@clawdbot/domain/OAuth/refreshByHand"))

/** A copy that is not the newest one is never redeemed (decision D36). */
const isRefreshable = ({ copy }: Holding): boolean =>
  copy?._tag !== "Superseded" && copy?._tag !== "Unclear"

/**
 * The logins that are meant: the one that is named, else all that are not disabled. Those that are
 * inherited stay their owner's.
 */
const loginsOf = (agentName: string | undefined, name: string | undefined) =>
  Effect.gen(function* () {
    const agent = yield* agentFor(agentName)
    const { heldBy, loginOf } = yield* byHand
    if (name !== undefined) return [yield* loginOf(agent, name)]
    const logins = (yield* heldBy(agent)).flatMap((login) => {
      if (login.credential.type === "oauth" && login.credential.disabled !== true)
        return [{ ...login, credential: login.credential }]
      return []
    })
    const [left, wanted] = Arr.partition(logins, isRefreshable)
    for (const { copy, profile } of left)
      yield* (yield* IoStreams).stderr(
        `clawdbot: ${profile} is not refreshed: its copy in agent ${agent.id} is ` +
          `${copy?._tag.toLowerCase()}; see: clawdbot doctor`
      )
    return wanted
  })

/** The command. */
export const refresh = command({
  name: "refresh",
  description: "Refresh a login's tokens now. The gateway does this automatically.",
  examples: ["clawdbot models auth refresh anthropic:claude-cli"],
  options: { agent: CommandOptions.agent },
  args: {
    profile: CommandOptions.optionalArgument(
      "PROFILE",
      "The login, e.g. anthropic:claude-cli. Default: all logins."
    )
  },
  run: (values) =>
    Effect.gen(function* () {
      const io = yield* IoStreams
      const logins = yield* loginsOf(values.agent, values.profile)
      if (logins.length === 0) {
        yield* io.stdout("No login is stored; API keys and setup tokens need no refresh.")
        return exit.done
      }
      const { refreshLogins } = yield* Effect.promise(() => import("../../refreshLogins.ts"))
      const { refreshAndReadBack } = yield* byHand

      const one = (login: StoredLogin) =>
        Effect.gen(function* () {
          const stored = yield* refreshAndReadBack(login)
          yield* io.stdout(
            `${login.profile}: refreshed, valid until ${EpochMs.toIso(stored.expires)}`
          )
        })

      const outcomes = yield* withSpinner(
        "waiting for the token endpoint",
        Effect.forEach(logins, (login) => Effect.either(one(login))).pipe(
          Effect.provide(refreshLogins(io.interactive))
        )
      )
      const [last, ...before] = outcomes
        .flatMap((outcome) => (Either.isLeft(outcome) ? [outcome.left] : []))
        .reverse()
      for (const failure of before.reverse()) yield* io.stderr(`clawdbot: ${failure.message}`)
      if (last === undefined) return exit.done
      return yield* last
    })
})
