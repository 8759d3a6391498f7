/**
 * What `models auth logout` says and does: out of the store, back into it, or gone for good
 * (decisions D8 and D38). Loaded only for that command.
 */
import * as AgentRegistry from "@clawdbot/domain/Agent/AgentRegistry"
import { StatePaths, shorten } from "@clawdbot/domain/Environment/StatePaths"
import * as Logout from "@clawdbot/domain/Profile/logout"
import * as ProfileId from "@clawdbot/domain/Profile/ProfileId"
import * as Purge from "@clawdbot/domain/Profile/purge"
import type { FileFailure } from "@clawdbot/node/File/FileFailure"
import * as Kept from "@clawdbot/node/Profile/loggedOutFile"
import * as Effect from "effect/Effect"
import { NotOffered, ProfileUnknown, RepairFailed } from "./CliError.ts"
import { logoutCommand, withProfile } from "./shownCommand.ts"
import { IoStreams } from "./terminal/IoStreams.ts"

/** Which profile of which agent. `named` is the agent as the command line names it. */
export interface Which {
  readonly agent: AgentRegistry.Agent
  readonly named: string | undefined
  readonly profile: ProfileId.ProfileId
}

const refused = (what: string) => (failure: FileFailure) =>
  new RepairFailed({ what, path: failure.path, code: failure.code })

/** Says a command that works when it is pasted. */
const hint = (text: string, { named, profile }: Which, flag: "undo" | "purge") =>
  Effect.gen(function* () {
    const { profileName } = yield* StatePaths
    const shown = withProfile(logoutCommand(profile, named, flag), profileName)
    yield* (yield* IoStreams).stderr(`${text}: ${shown}`)
  })

/** Takes it out, and says how it comes back. */
export const logOut = Effect.fn("logout.logOut")(function* (which: Which) {
  const { agent, profile } = which
  const io = yield* IoStreams
  switch (yield* Logout.logOut({ agent: agent.id, profile })) {
    case "missing":
      return yield* new ProfileUnknown({ profile, where: agent.dir, problem: "missing" })
    case "consent":
      return yield* io.stdout("Stopped using Claude Code's login; none of it was stored.")
    case "out": {
      yield* io.stdout(`Logged out: ${profile} of agent ${agent.id}.`)
      if (profile === ProfileId.claudeCode) yield* io.stderr("Claude Code itself stays logged in.")
      yield* hint("to undo", which, "undo")
      yield* hint("to delete it permanently", which, "purge")
    }
  }
})

/** Puts back what was logged out or replaced last. */
export const undo = Effect.fn("logout.undo")(function* (which: Which) {
  const { agent, profile } = which
  const done = yield* Logout.undo({ agent: agent.id, profile })
  if (done._tag === "Nothing") {
    return yield* new NotOffered({
      what: `there is no removed or replaced credential of ${profile} to restore`,
      instead: "to list the profiles: clawdbot models status"
    })
  }
  yield* (yield* IoStreams).stdout(`Restored: ${profile} of agent ${agent.id}.`)
  if (done.isSwapped) yield* hint("the credential it replaced is kept; to undo", which, "undo")
})

/** Removes it everywhere this program has written it, and tells where else it still stands. */
export const purge = Effect.fn("logout.purge")(function* ({ agent, profile }: Which) {
  const io = yield* IoStreams
  const paths = yield* StatePaths
  const file = AgentRegistry.storePath(agent)
  const isInCopies = yield* Effect.mapError(Kept.isInCopies(file, profile), refused("read"))
  const { followed, former, removed } = yield* Purge.purge({ agent, profile })
  if (removed.length + former === 0 && !isInCopies && !followed)
    return yield* new ProfileUnknown({ profile, where: agent.dir, problem: "missing" })
  if (removed.length > 0 || isInCopies) {
    yield* Effect.mapError(Kept.purge(file, profile), refused("remove the older copies beside"))
  }
  const left = yield* Kept.holdersOf(
    file,
    [`${paths.oauthDir}/oauth.json`],
    removed.flatMap(Purge.secretsOf)
  )
  yield* io.stdout(
    `Deleted permanently: ${profile} of agent ${agent.id}, also from the older copies of its store.`
  )
  for (const name of left)
    yield* io.stderr(
      `clawdbot: ${shorten(paths, name)} still contains it; delete that file yourself`
    )
  if (profile === ProfileId.claudeCode) yield* io.stderr("Claude Code itself stays logged in.")
  yield* io.stderr(
    "The provider accepts it until it expires or you revoke it in your account's settings."
  )
})
