/**
 * Taking a credential out of an agent's store so that it can be restored, and restoring it
 * (decision D38). What is taken out is kept aside first, so that nothing is lost on the way.
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type { AgentId } from "../Agent/AgentId.ts"
import { modeAccepts } from "../Auth/Roster.ts"
import { type ConfigEdit, ConfigStore } from "../Config/ConfigStore.ts"
import { NotReadBack } from "./EnrolmentError.ts"
import { KeptAside } from "./KeptAside.ts"
import { keepAside, keptOf } from "./keepAside.ts"
import * as LoggedOut from "./LoggedOut.ts"
import * as ProfileDocument from "./ProfileDocument.ts"
import * as ProfileId from "./ProfileId.ts"
import { ProfileStore } from "./ProfileStore.ts"

/** Which profile of which agent. */
export interface Which {
  readonly agent: AgentId
  readonly profile: ProfileId.ProfileId
}

const configEntry = (profile: ProfileId.ProfileId) =>
  Effect.map(
    Effect.flatMap(ConfigStore, ({ load }) => load),
    ({ config }) => config.auth?.profiles?.[profile]
  )

/**
 * The config's consent to follow Claude Code's login: without it being withdrawn, the next look
 * would store the login anew (decision D2).
 */
export const consentTo = (profile: ProfileId.ProfileId) => {
  if (profile === ProfileId.claudeCode) return configEntry(profile)
  return Effect.succeed(undefined)
}

/** Withdraws it. */
export const withdrawConsent = Effect.gen(function* () {
  const edit: ConfigEdit = { _tag: "Unset", path: ["auth", "profiles", ProfileId.claudeCode] }
  yield* (yield* ConfigStore).edit(() => Either.right([edit]))
})

/**
 * Takes a credential out. `out` it is kept aside · `consent` there was none, but the config's
 * consent to store one, which is withdrawn · `missing` there is neither.
 */
export const logOut = Effect.fn("logout.logOut")(function* (which: Which) {
  const { agent, profile } = which
  const store = yield* ProfileStore
  const consent = (yield* consentTo(profile))?.mode
  const once = Effect.gen(function* () {
    const { document } = yield* store.read(agent)
    const kept = yield* keepAside(agent, document, profile, consent)
    if (kept === undefined) return "missing" as const
    if (consent !== undefined && (yield* consentTo(profile)) !== undefined) yield* withdrawConsent
    return yield* store.modify(agent, (current) => {
      const now = current.profiles.get(profile)
      // A refresh or a paste came in between: what is kept aside must be what is taken out.
      if (now === undefined || !LoggedOut.isSame(now, kept.credential))
        return Either.right({ document: undefined, result: "changed" as const })
      return Either.right({
        document: ProfileDocument.remove(current, profile),
        result: "out" as const
      })
    })
  })
  let outcome = yield* once
  while (outcome === "changed") outcome = yield* once
  if (outcome !== "missing" || consent === undefined) return outcome
  yield* withdrawConsent
  return "consent" as const
})

/** Puts the newest of what is kept into the store; what stood there is kept in its turn. */
const restore = Effect.fnUntraced(function* (which: Which, newest: LoggedOut.LoggedOut) {
  const { agent, profile } = which
  const store = yield* ProfileStore
  const aside = yield* KeptAside
  const before = (yield* store.read(agent)).document
  const replaced = yield* keptOf(before, profile)
  const isThere = replaced !== undefined && LoggedOut.isSame(replaced.credential, newest.credential)
  if (replaced !== undefined && !isThere) {
    yield* aside.modify(agent, profile, (all) => {
      if (all.some(({ credential }) => LoggedOut.isSame(credential, replaced.credential)))
        return all
      return [...all, replaced]
    })
  }
  const result = yield* store.modify(agent, (document) => {
    const now = document.profiles.get(profile)
    const isUnchanged =
      now === undefined || replaced === undefined
        ? now === replaced?.credential
        : LoggedOut.isSame(now, replaced.credential)
    if (!isUnchanged) return Either.right({ document: undefined, result: "changed" as const })
    return Either.right({
      document: isThere ? undefined : LoggedOut.restored(document, newest),
      result: "restored" as const
    })
  })
  return { result, replaced: isThere ? undefined : replaced }
})

/** The config's entry as the restored credential needs it: its kind, and its consent. */
export const restoreEntry = Effect.fnUntraced(function* ({
  consent,
  credential,
  profile
}: Pick<LoggedOut.LoggedOut, "consent" | "credential" | "profile">) {
  const entry = yield* configEntry(profile)
  const { provider, type } = credential
  const mode = entry === undefined ? consent : type
  if (mode === undefined || (entry !== undefined && modeAccepts(entry.mode, type))) return
  const edit: ConfigEdit = {
    _tag: "Set",
    path: ["auth", "profiles", profile],
    value: { ...entry, provider, mode }
  }
  yield* (yield* ConfigStore).edit(() => Either.right([edit]))
})

/**
 * Restores what was taken out last. `nothing` is kept · `restored`, in the place of another
 * credential where `swapped` says so: that one can be restored in its turn.
 */
export const undo = Effect.fn("logout.undo")(function* (which: Which) {
  const { agent, profile } = which
  const aside = yield* KeptAside
  const [newest] = yield* aside.find(agent, profile)
  if (newest === undefined) return { _tag: "Nothing" as const }
  let outcome = yield* restore(which, newest)
  while (outcome.result === "changed") outcome = yield* restore(which, newest)
  const { document, path } = yield* (yield* ProfileStore).read(agent)
  const stored = document.profiles.get(profile)
  if (stored === undefined || !LoggedOut.isSame(stored, newest.credential))
    return yield* new NotReadBack({ path, what: profile })
  yield* restoreEntry(newest)
  const { replaced } = outcome
  yield* aside.modify(agent, profile, (all) => LoggedOut.rotate(all, newest, replaced))
  return { _tag: "Restored" as const, isSwapped: replaced !== undefined }
})
