/**
 * One refresh of one login, from the lease to the stores (decisions D6, D8, D8a). In this order:
 * the lease of the refresh token; Claude Code's lock where the login is shared with it; the locks
 * of every store that holds the token.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as AgentRegistry from "../Agent/AgentRegistry.ts"
import * as ProfileId from "../Profile/ProfileId.ts"
import type { ProfileSnapshot } from "../Profile/ProfileStore.ts"
import type { Demand } from "./freshness.ts"
import type { HeldStore } from "./HeldStores.ts"
import { holders } from "./loginHolders.ts"
import type { OAuthRefreshFailed } from "./OAuthError.ts"
import type { HeldRefreshLease } from "./RefreshLease.ts"
import { readLoginCopies } from "./readLoginCopies.ts"
import { refreshLocked } from "./refreshLocked.ts"
import { failure, notStored, type Outcome, type RefreshPorts } from "./refreshPorts.ts"
import { refreshFingerprint, type StoredLogin } from "./StoredLogin.ts"

/** Every agent's store once, the owner's first: two agents may share a folder. */
const readStores = (ports: RefreshPorts, login: StoredLogin) =>
  Effect.gen(function* () {
    const own = yield* Effect.mapError(ports.profiles.read(login.owner), notStored(login))
    const loaded = yield* Effect.option(ports.configs.load)
    const agents = Option.match(loaded, {
      onNone: () => [],
      onSome: ({ config }) => AgentRegistry.fromConfig(config, ports.paths).agents
    })
    // Another agent's broken store must not end this one's login; its owner is told about it
    // elsewhere.
    const others = yield* Effect.forEach(agents, ({ id }) => Effect.option(ports.profiles.read(id)))
    const byPath = new Map([[own.path, own]])
    for (const other of others) {
      if (Option.isSome(other) && !byPath.has(other.value.path))
        byPath.set(other.value.path, other.value)
    }
    return [...byPath.values()]
  })

/**
 * Locks the stores in one fixed order, so that two refreshes never wait for each other in a circle.
 */
const holdStores = (
  ports: RefreshPorts,
  login: StoredLogin,
  snapshots: ReadonlyArray<ProfileSnapshot>,
  fingerprint: string
) =>
  Effect.forEach(
    snapshots
      .map(({ agent, document, path }, index) => ({
        agent: index === 0 ? login.owner : agent,
        document,
        path
      }))
      .filter(
        ({ agent, document }) => agent === login.owner || holders(document, fingerprint).length > 0
      )
      .sort((a, b) => (a.path < b.path ? -1 : 1)),
    ({ agent }) => Effect.mapError(ports.stores.hold(agent), notStored(login))
  )

const followsClaudeCode = (
  snapshots: ReadonlyArray<ProfileSnapshot>,
  fingerprint: string
): boolean =>
  snapshots.some(({ document }) =>
    holders(document, fingerprint).some(([profile]) => profile === ProfileId.claudeCode)
  )

/**
 * What the login is beside its copies, now that nobody else writes the held stores. The others are
 * read once more: another program may have refreshed the login while the locks were waited for.
 */
const copyStatus = (ports: RefreshPorts, login: StoredLogin, held: ReadonlyArray<HeldStore>) =>
  Effect.gen(function* () {
    const current = (yield* readStores(ports, login)).map((snapshot, index) => {
      const agent = index === 0 ? login.owner : snapshot.agent
      const document = held.find((store) => store.agent === agent)?.document
      if (document === undefined) return snapshot
      return { ...snapshot, document }
    })
    const copies = yield* readLoginCopies(ports.journal, current)
    return copies.at(current[0]?.path ?? "", login.profile)
  })

/** Runs {@link refreshLocked} under the lease and all locks. */
export const refreshLogin = (
  ports: RefreshPorts,
  login: StoredLogin,
  demand: Demand
): Effect.Effect<Outcome, OAuthRefreshFailed> => {
  const fingerprint = refreshFingerprint(login.credential)
  const critical = ({ mayAsk }: HeldRefreshLease) =>
    Effect.gen(function* () {
      const snapshots = yield* readStores(ports, login)
      const shared = followsClaudeCode(snapshots, fingerprint)
        ? Option.some(
            yield* Effect.mapError(ports.shared.hold, ({ code, operation }) =>
              failure(
                login,
                operation === "lock" ? "busy" : "store",
                `Claude Code's login: ${code}`
              )
            )
          )
        : Option.none()
      const held = yield* holdStores(ports, login, snapshots, fingerprint)
      const copy = yield* copyStatus(ports, login, held)
      return yield* refreshLocked(ports, {
        login,
        fingerprint,
        demand,
        held,
        copy,
        shared,
        mayAsk
      })
    })
  return ports.lease
    .withLease(fingerprint, (held) => Effect.scoped(critical(held)))
    .pipe(
      Effect.catchTag("LeaseUnavailable", ({ detail, reason }) =>
        Effect.fail(failure(login, reason === "busy" ? "busy" : "store", detail))
      )
    )
}
