/**
 * `clawdbot models auth refresh`: gets new tokens for a login now, whatever life the old ones have
 * left. The gateway does this by itself; here a person sees what comes of it.
 */

import * as AgentRegistry from "@clawdbot/domain/Agent/AgentRegistry"
import * as AuthFacts from "@clawdbot/domain/Auth/AuthFacts"
import type { Holding } from "@clawdbot/domain/Auth/Roster"
import { ConfigStore } from "@clawdbot/domain/Config/ConfigStore"
import { StatePaths } from "@clawdbot/domain/Environment/StatePaths"
import { RefreshJournal } from "@clawdbot/domain/OAuth/RefreshJournal"
import { copiesFor, makeReader } from "@clawdbot/domain/OAuth/readLoginCopies"
import type { StoredLogin } from "@clawdbot/domain/OAuth/StoredLogin"
import type * as Credential from "@clawdbot/domain/Profile/Credential"
import { NotReadBack } from "@clawdbot/domain/Profile/EnrolmentError"
import { ProfileStore } from "@clawdbot/domain/Profile/ProfileStore"
import * as EpochMs from "@clawdbot/domain/Time/EpochMs"
import * as Arr from "effect/Array"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { NotOffered, ProfileUnknown } from "../../CliError.ts"
import { command } from "../../commandLine/definition.ts"
import * as CommandOptions from "../../commandLine/options.ts"
import { exit } from "../../exit.ts"
import { IoStreams } from "../../terminal/IoStreams.ts"
import { withSpinner } from "../../terminal/withSpinner.ts"
import { agentFor } from "../agentFor.ts"

const kinds: Readonly<Record<Exclude<Credential.Kind, "oauth">, string>> = {
  api_key: "an API key",
  token: "a setup token"
}

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
    const { config } = yield* (yield* ConfigStore).load
    const profiles = yield* ProfileStore
    const registry = AgentRegistry.fromConfig(config, yield* StatePaths)
    const agents = AuthFacts.inheritanceChain(registry, agent.id)
    const snapshots = yield* Effect.forEach(agents, profiles.read)
    const { copies } = yield* copiesFor(
      { profiles, read: makeReader(yield* RefreshJournal) },
      registry,
      snapshots
    )
    const held = AuthFacts.holdings(snapshots, copies)
    if (name === undefined) {
      const logins = held.flatMap((login) => {
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
    }
    const found = held.find(({ profile }) => profile === name)
    if (found === undefined) {
      return yield* new ProfileUnknown({ profile: name, where: agent.dir, problem: "missing" })
    }
    const { credential, owner, profile } = found
    if (credential.type !== "oauth") {
      return yield* new NotOffered({
        what: `${profile} is ${kinds[credential.type]}: there is nothing to refresh`,
        instead: "to see which profiles are logins: clawdbot models status"
      })
    }
    const login: StoredLogin = { owner, profile, credential }
    return [login]
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
      const profiles = yield* ProfileStore
      const logins = yield* loginsOf(values.agent, values.profile)
      if (logins.length === 0) {
        yield* io.stdout("No login is stored; API keys and setup tokens need no refresh.")
        return exit.done
      }
      const [{ OAuthRefresh }, { refreshLogins }] = yield* Effect.promise(() =>
        Promise.all([
          import("@clawdbot/domain/OAuth/OAuthRefresh"),
          import("../../refreshLogins.ts")
        ])
      )

      const one = (login: StoredLogin) =>
        Effect.gen(function* () {
          const renewed = yield* (yield* OAuthRefresh).refreshNow(login)
          const { document, path } = yield* profiles.read(login.owner)
          const stored = document.profiles.get(login.profile)
          // Nobody says that it worked before it is read back; a login that is newer still is as
          // good.
          if (stored?.type !== "oauth" || stored.expires < renewed.expires) {
            return yield* new NotReadBack({ path, what: `the refreshed login ${login.profile}` })
          }
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
