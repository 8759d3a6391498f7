/**
 * What `models auth logout` does: out of the store, back into it, or gone for good (decision D8).
 * Loaded only for that command.
 */
import * as AgentRegistry from "@clawdbot/domain/Agent/AgentRegistry"
import { type ConfigEdit, ConfigStore } from "@clawdbot/domain/Config/ConfigStore"
import { StatePaths, shorten } from "@clawdbot/domain/Environment/StatePaths"
import { holdsSecrets } from "@clawdbot/domain/OAuth/JournalEntry"
import * as Journal from "@clawdbot/domain/OAuth/RefreshJournal"
import { refreshFingerprint } from "@clawdbot/domain/OAuth/StoredLogin"
import * as Credential from "@clawdbot/domain/Profile/Credential"
import { NotReadBack } from "@clawdbot/domain/Profile/enrolment"
import * as LoggedOut from "@clawdbot/domain/Profile/LoggedOut"
import * as ProfileDocument from "@clawdbot/domain/Profile/ProfileDocument"
import * as ProfileId from "@clawdbot/domain/Profile/ProfileId"
import { ProfileStore } from "@clawdbot/domain/Profile/ProfileStore"
import type { FileFailure } from "@clawdbot/node/File/FileFailure"
import * as Kept from "@clawdbot/node/Profile/loggedOutFile"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import { NotOffered, ProfileUnknown, RepairFailed } from "./CliError.ts"
import { shellWord, withProfile } from "./shownCommand.ts"
import { Terminal } from "./terminal/Terminal.ts"

/** Which profile of which agent. `named` is the agent as the command line names it. */
export interface Which {
  readonly agent: AgentRegistry.Agent
  readonly named: string | undefined
  readonly profile: ProfileId.ProfileId
}

const refused = (what: string) => (failure: FileFailure) =>
  new RepairFailed({ what, path: failure.path, code: failure.code })

const same = (one: Credential.Credential, other: Credential.Credential): boolean =>
  one.type === other.type &&
  Credential.secretFingerprint(one) === Credential.secretFingerprint(other)

const secretsOf = (credential: Credential.Credential): ReadonlyArray<Redacted.Redacted> =>
  credential.type === "oauth"
    ? [credential.access, credential.refresh]
    : [Credential.secret(credential)]

/**
 * The config's consent to follow Claude Code's login: without it being withdrawn, the next look
 * would store the login anew (decision D2).
 */
const consentTo = (profile: ProfileId.ProfileId) =>
  Effect.map(
    Effect.flatMap(ConfigStore, ({ load }) => load),
    ({ config }) =>
      profile === ProfileId.claudeCode ? config.auth?.profiles?.[profile] : undefined
  )

const withdrawConsent = Effect.gen(function* () {
  const edit: ConfigEdit = { _tag: "Unset", path: ["auth", "profiles", ProfileId.claudeCode] }
  yield* (yield* ConfigStore).edit(() => Either.right([edit]))
})

/** Says a command that works when it is pasted. */
const hint = (text: string, { named, profile }: Which, flag: string) =>
  Effect.gen(function* () {
    const { profileName } = yield* StatePaths
    const forAgent = named === undefined ? "" : ` --agent ${shellWord(named)}`
    const shown = `clawdbot models auth logout ${shellWord(profile)} --${flag}${forAgent}`
    yield* (yield* Terminal).say(`${text}: ${withProfile(shown, profileName)}`)
  })

/**
 * Keeps the credential aside, withdraws the consent, takes it out of the store; in this order, so
 * that nothing is lost on the way.
 */
export const logOut = Effect.fn("logout.logOut")(function* (which: Which) {
  const { agent, profile } = which
  const store = yield* ProfileStore
  const terminal = yield* Terminal
  const file = AgentRegistry.storePath(agent)
  const consent = yield* consentTo(profile)
  const once = Effect.gen(function* () {
    const { document } = yield* store.read(agent.id)
    const credential = document.profiles.get(profile)
    if (credential === undefined) return "missing" as const
    const place = LoggedOut.placeIn(document, profile)
    const kept: LoggedOut.LoggedOut = {
      profile,
      credential,
      at: yield* Clock.currentTimeMillis,
      ...(place !== undefined ? { place } : {}),
      ...(consent !== undefined ? { consent: consent.mode } : {})
    }
    yield* Effect.mapError(Kept.keep(file, kept), refused("keep a copy in"))
    if (consent !== undefined && (yield* consentTo(profile)) !== undefined) yield* withdrawConsent
    return yield* store.modify(agent.id, (current) => {
      const now = current.profiles.get(profile)
      // A refresh or a paste came in between: what is kept aside must be what is taken out.
      return now === undefined || !same(now, credential)
        ? Either.right({ document: undefined, result: "changed" as const })
        : Either.right({
            document: ProfileDocument.remove(current, profile),
            result: "out" as const
          })
    })
  })
  const outcome = yield* Effect.repeat(once, { while: (result) => result === "changed" })
  if (outcome === "missing") {
    if (consent === undefined)
      return yield* new ProfileUnknown({ profile, where: agent.dir, problem: "missing" })
    yield* withdrawConsent
    yield* terminal.result(
      "Claude Code's login is not followed any more; nothing of it was stored."
    )
    return
  }
  yield* terminal.result(`Logged out: ${profile} of agent ${agent.id}.`)
  if (profile === ProfileId.claudeCode) yield* terminal.say("Claude Code itself stays logged in.")
  yield* hint("undo", which, "undo")
  yield* hint("remove it for good", which, "purge")
})

/** Puts back what was logged out last. */
export const undo = Effect.fn("logout.undo")(function* (which: Which) {
  const { agent, profile } = which
  const store = yield* ProfileStore
  const file = AgentRegistry.storePath(agent)
  const kept = Option.getOrUndefined(
    yield* Effect.mapError(Kept.find(file, profile), refused("read"))
  )
  if (kept === undefined) {
    return yield* new NotOffered({
      what: `nothing that was logged out as ${profile} is kept`,
      instead: "clawdbot models status shows the profiles there are"
    })
  }
  yield* store.modify(agent.id, (document) => {
    const now = document.profiles.get(profile)
    return now !== undefined && !same(now, kept.credential)
      ? Either.left(
          new NotOffered({
            what: `another credential is stored as ${profile} by now; it was left alone`,
            instead: `to restore the older one, first store the present one under another name (--profile-id)`
          })
        )
      : Either.right({
          document: now === undefined ? LoggedOut.restored(document, kept) : undefined,
          result: undefined
        })
  })
  const { document, path } = yield* store.read(agent.id)
  const stored = document.profiles.get(profile)
  if (stored === undefined || !same(stored, kept.credential))
    return yield* new NotReadBack({ path, what: profile })
  if (kept.consent !== undefined && (yield* consentTo(profile)) === undefined) {
    const value = { provider: kept.credential.provider, mode: kept.consent }
    const edit: ConfigEdit = { _tag: "Set", path: ["auth", "profiles", profile], value }
    yield* (yield* ConfigStore).edit(() => Either.right([edit]))
  }
  yield* Effect.mapError(Kept.forget(file, profile), refused("remove"))
  yield* (yield* Terminal).result(`Restored: ${profile} of agent ${agent.id}.`)
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
  const kept = Option.getOrUndefined(
    yield* Effect.mapError(Kept.find(file, profile), refused("read"))
  )
  const consent = yield* consentTo(profile)
  const isInCopies = yield* Effect.mapError(Kept.isInCopies(file, profile), refused("read"))
  if (consent !== undefined) yield* withdrawConsent
  const stored = yield* store.modify(agent.id, (document) => {
    const credential = document.profiles.get(profile)
    const next = credential === undefined ? undefined : ProfileDocument.remove(document, profile)
    return Either.right({ document: next, result: credential })
  })
  if (stored === undefined && kept === undefined && !isInCopies && consent === undefined) {
    return yield* new ProfileUnknown({ profile, where: agent.dir, problem: "missing" })
  }
  const removed = [
    ...(stored === undefined ? [] : [stored]),
    ...(kept === undefined ? [] : [kept.credential])
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
