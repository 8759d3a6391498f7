/**
 * What `models auth logout` says and does: out of the store, back into it, or gone for good
 * (decisions D8 and D38). Loaded only for that command.
 */
import * as AgentRegistry from "@clawdbot/domain/Agent/AgentRegistry"
import { ConfigStore } from "@clawdbot/domain/Config/ConfigStore"
import { StatePaths, shorten } from "@clawdbot/domain/Environment/StatePaths"
import { holdsSecrets } from "@clawdbot/domain/OAuth/JournalEntry"
import * as Journal from "@clawdbot/domain/OAuth/RefreshJournal"
import { refreshFingerprint } from "@clawdbot/domain/OAuth/StoredLogin"
import * as Credential from "@clawdbot/domain/Profile/Credential"
import { KeptAside } from "@clawdbot/domain/Profile/KeptAside"
import * as Logout from "@clawdbot/domain/Profile/logout"
import * as ProfileDocument from "@clawdbot/domain/Profile/ProfileDocument"
import * as ProfileId from "@clawdbot/domain/Profile/ProfileId"
import { ProfileStore } from "@clawdbot/domain/Profile/ProfileStore"
import type { FileFailure } from "@clawdbot/node/File/FileFailure"
import * as Kept from "@clawdbot/node/Profile/loggedOutFile"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import { NotOffered, ProfileUnknown, RepairFailed } from "./CliError.ts"
import { logoutCommand, withProfile } from "./shownCommand.ts"
import { Terminal } from "./terminal/Terminal.ts"

/** Which profile of which agent. `named` is the agent as the command line names it. */
export interface Which {
  readonly agent: AgentRegistry.Agent
  readonly named: string | undefined
  readonly profile: ProfileId.ProfileId
}

const refused = (what: string) => (failure: FileFailure) =>
  new RepairFailed({ what, path: failure.path, code: failure.code })

const secretsOf = (credential: Credential.Credential): ReadonlyArray<Redacted.Redacted> =>
  credential.type === "oauth"
    ? [credential.access, credential.refresh]
    : [Credential.secret(credential)]

/** Says a command that works when it is pasted. */
const hint = (text: string, { named, profile }: Which, flag: "undo" | "purge") =>
  Effect.gen(function* () {
    const { profileName } = yield* StatePaths
    const shown = withProfile(logoutCommand(profile, named, flag), profileName)
    yield* (yield* Terminal).say(`${text}: ${shown}`)
  })

/** Takes it out, and says how it comes back. */
export const logOut = Effect.fn("logout.logOut")(function* (which: Which) {
  const { agent, profile } = which
  const terminal = yield* Terminal
  switch (yield* Logout.logOut({ agent: agent.id, profile })) {
    case "missing":
      return yield* new ProfileUnknown({ profile, where: agent.dir, problem: "missing" })
    case "consent":
      return yield* terminal.result(
        "Claude Code's login is not followed any more; nothing of it was stored."
      )
    case "out": {
      yield* terminal.result(`Logged out: ${profile} of agent ${agent.id}.`)
      if (profile === ProfileId.claudeCode)
        yield* terminal.say("Claude Code itself stays logged in.")
      yield* hint("undo", which, "undo")
      yield* hint("remove it for good", which, "purge")
    }
  }
})

/** Puts back what was logged out or replaced last. */
export const undo = Effect.fn("logout.undo")(function* (which: Which) {
  const { agent, profile } = which
  const done = yield* Logout.undo({ agent: agent.id, profile })
  if (done._tag === "Nothing") {
    return yield* new NotOffered({
      what: `nothing that was logged out or replaced as ${profile} is kept`,
      instead: "clawdbot models status shows the profiles there are"
    })
  }
  yield* (yield* Terminal).result(`Restored: ${profile} of agent ${agent.id}.`)
  if (done.isSwapped) yield* hint("the credential that stood there is kept; undo", which, "undo")
})

/**
 * The journal's copies of a login's next tokens go with it. Marks of used up tokens hold no secret
 * and stay: they keep anybody from using one again.
 */
const forgetAnswers = (agent: AgentRegistry.Agent, logins: ReadonlyArray<Credential.OAuth>) =>
  Effect.gen(function* () {
    const journal = yield* Journal.RefreshJournal
    const profiles = yield* ProfileStore
    const { config } = yield* (yield* ConfigStore).load
    const { agents } = AgentRegistry.fromConfig(config, yield* StatePaths)
    const others = yield* Effect.forEach(
      agents.filter(({ dir }) => dir !== agent.dir),
      ({ id }) => profiles.read(id)
    )
    const isElsewhere = (mark: string): boolean =>
      others.some(({ document }) =>
        [...document.profiles.values()].some(
          (held) => held.type === "oauth" && refreshFingerprint(held) === mark
        )
      )
    for (const mark of new Set(logins.map(refreshFingerprint))) {
      const entry = yield* journal.find(mark)
      // Another agent's copy lives on by this answer.
      if (Option.exists(entry, holdsSecrets) && !isElsewhere(mark)) yield* journal.forget(mark)
    }
  })

/** Removes it everywhere this program has written it, and tells where else it still stands. */
export const purge = Effect.fn("logout.purge")(function* ({ agent, profile }: Which) {
  const store = yield* ProfileStore
  const terminal = yield* Terminal
  const paths = yield* StatePaths
  const file = AgentRegistry.storePath(agent)
  const kept = yield* (yield* KeptAside).find(agent.id, profile)
  const consent = yield* Logout.consentTo(profile)
  const isInCopies = yield* Effect.mapError(Kept.isInCopies(file, profile), refused("read"))
  if (consent !== undefined) yield* Logout.withdrawConsent
  const stored = yield* store.modify(agent.id, (document) => {
    const credential = document.profiles.get(profile)
    const next = credential === undefined ? undefined : ProfileDocument.remove(document, profile)
    return Either.right({ document: next, result: credential })
  })
  if (stored === undefined && kept.length === 0 && !isInCopies && consent === undefined) {
    return yield* new ProfileUnknown({ profile, where: agent.dir, problem: "missing" })
  }
  const removed = [
    ...(stored === undefined ? [] : [stored]),
    ...kept.map(({ credential }) => credential)
  ]
  yield* forgetAnswers(
    agent,
    removed.flatMap((credential) => (credential.type === "oauth" ? [credential] : []))
  )
  if (removed.length > 0 || isInCopies) {
    yield* Effect.mapError(Kept.purge(file, profile), refused("remove the older copies beside"))
  }
  const left = yield* Kept.holdersOf(
    file,
    [`${paths.oauthDir}/oauth.json`],
    removed.flatMap(secretsOf)
  )
  yield* terminal.result(
    `Removed for good: ${profile} of agent ${agent.id}, and the older copies of its store.`
  )
  for (const name of left)
    yield* terminal.say(`clawdbot: ${shorten(paths, name)} still holds it; remove it by hand`)
  if (profile === ProfileId.claudeCode) yield* terminal.say("Claude Code itself stays logged in.")
  yield* terminal.say(
    "The provider honours it until it ends or is revoked in the account's settings."
  )
})
