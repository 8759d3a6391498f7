/** Gathers what {@link "./LoginCopies.ts"} decides upon: every agent's store, and the journal. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { AgentId } from "../Agent/AgentId.ts"
import type { AgentRegistry } from "../Agent/AgentRegistry.ts"
import type { ProfileDocument } from "../Profile/ProfileDocument.ts"
import type { ProfileSnapshot, ProfileStore } from "../Profile/ProfileStore.ts"
import { LoginCopies, none, type TokenHistory } from "./LoginCopies.ts"
import type { RefreshJournal } from "./RefreshJournal.ts"
import { refreshFingerprint } from "./StoredLogin.ts"
import { tokenSuccessors } from "./tokenSuccessors.ts"

/** How many entries of the journal are looked up at a time. */
const concurrency = 16

/** Whether a store holds a login that can be refreshed: only then others may hold copies of it. */
export const holdsLogin = ({ document }: ProfileSnapshot): boolean =>
  [...document.profiles.values()].some(({ type }) => type === "oauth")

/**
 * The stores of all other agents than those given, as far as they can be read: one that cannot is
 * reported where it is used.
 */
export const otherStores = (
  profiles: typeof ProfileStore.Service,
  registry: AgentRegistry,
  agents: ReadonlyArray<AgentId>
): Effect.Effect<ReadonlyArray<ProfileSnapshot>> =>
  Effect.map(
    Effect.forEach(
      registry.agents.filter(({ id }) => !agents.includes(id)),
      ({ id }) => Effect.option(profiles.read(id))
    ),
    (found) => found.flatMap(Option.toArray)
  )

/**
 * What the journal knows of a refresh token. A journal that cannot be read knows nothing here; no
 * token is redeemed then either.
 */
const historyOf = (journal: typeof RefreshJournal.Service, fingerprint: string) =>
  Effect.gen(function* () {
    const [, ...followed] = yield* tokenSuccessors(journal, fingerprint)
    const entry = Option.getOrUndefined(yield* journal.find(fingerprint))
    const history: TokenHistory = {
      successors: followed,
      ended: entry?._tag === "Ended" ? entry.cause : undefined,
      pending: entry?._tag === "Answered"
    }
    return history
  }).pipe(Effect.orElseSucceed((): TokenHistory => ({ successors: [] })))

/** The logins of these stores with what the journal knows of them now. */
export const readLoginCopies = (
  journal: typeof RefreshJournal.Service,
  snapshots: ReadonlyArray<ProfileSnapshot>
): Effect.Effect<LoginCopies> => {
  const fingerprints = new Set(
    snapshots.flatMap(({ document }) =>
      [...document.profiles.values()].flatMap((credential) =>
        credential.type === "oauth" ? [refreshFingerprint(credential)] : []
      )
    )
  )
  return Effect.map(
    Effect.forEach(
      fingerprints,
      (fingerprint) =>
        Effect.map(historyOf(journal, fingerprint), (history) => [fingerprint, history] as const),
      { concurrency }
    ),
    (histories) => new LoginCopies(snapshots, new Map(histories))
  )
}

const noStores: ReadonlyArray<ProfileSnapshot> = []

/**
 * What a chain of stores needs to know about copies elsewhere: the logins of all stores, and which
 * stores beside the chain's own were looked at. Nothing is read where the chain holds no login.
 */
export const copiesFor = (
  ports: {
    readonly profiles: typeof ProfileStore.Service
    readonly read: ReturnType<typeof makeReader>
  },
  registry: AgentRegistry,
  chain: ReadonlyArray<ProfileSnapshot>
) =>
  Effect.gen(function* () {
    if (!chain.some(holdsLogin)) return { copies: none, others: noStores }
    const agents = chain.map(({ agent }) => agent)
    const others = yield* otherStores(ports.profiles, registry, agents)
    return { copies: yield* ports.read([...chain, ...others]), others }
  })

/** {@link readLoginCopies}, worked out anew only where a store has changed since the last call. */
export const makeReader = (journal: typeof RefreshJournal.Service) => {
  let last: { readonly documents: ReadonlySet<ProfileDocument>; readonly copies: LoginCopies } = {
    documents: new Set(),
    copies: none
  }
  return (snapshots: ReadonlyArray<ProfileSnapshot>): Effect.Effect<LoginCopies> =>
    Effect.suspend(() => {
      const documents = new Set(snapshots.map(({ document }) => document))
      const isCurrent =
        documents.size === last.documents.size &&
        [...documents].every((document) => last.documents.has(document))
      if (isCurrent) return Effect.succeed(last.copies)
      return Effect.tap(readLoginCopies(journal, snapshots), (copies) =>
        Effect.sync(() => {
          last = { documents, copies }
        })
      )
    })
}
