/**
 * Logins that a person wants refreshed now, whatever life their tokens have left: for a command and
 * for the dashboard.
 */
import * as Effect from "effect/Effect"
import type { Agent } from "../Agent/AgentRegistry.ts"
import * as AgentRegistry from "../Agent/AgentRegistry.ts"
import * as AuthFacts from "../Auth/AuthFacts.ts"
import { ConfigStore } from "../Config/ConfigStore.ts"
import { StatePaths } from "../Environment/StatePaths.ts"
import type * as Credential from "../Profile/Credential.ts"
import { NotOffered, ProfileUnknown } from "../Profile/changeErrors.ts"
import { NotReadBack } from "../Profile/EnrolmentError.ts"
import { ProfileStore } from "../Profile/ProfileStore.ts"
import { OAuthRefresh } from "./OAuthRefresh.ts"
import { RefreshJournal } from "./RefreshJournal.ts"
import { copiesFor, makeReader } from "./readLoginCopies.ts"
import type { StoredLogin } from "./StoredLogin.ts"

const kinds: Readonly<Record<Exclude<Credential.Kind, "oauth">, string>> = {
  api_key: "an API key",
  token: "a setup token"
}

/** Everything an agent holds, that of the agents it inherits from among it. */
export const heldBy = Effect.fnUntraced(function* (agent: Agent) {
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
  return AuthFacts.holdings(snapshots, copies)
})

/** The login of a name. Those that are inherited stay their owner's. */
export const loginOf = Effect.fnUntraced(function* (agent: Agent, name: string) {
  const held = yield* heldBy(agent)
  const found = held.find(({ profile }) => profile === name)
  if (found === undefined)
    return yield* new ProfileUnknown({ profile: name, where: agent.dir, problem: "missing" })
  const { credential, owner, profile } = found
  if (credential.type !== "oauth") {
    return yield* new NotOffered({
      what: `${profile} is ${kinds[credential.type]}: there is nothing to refresh`,
      instead: "to see which profiles are logins: clawdbot models status"
    })
  }
  const login: StoredLogin = { owner, profile, credential }
  return login
})

/** Refreshes a login and reads it back; gives it as it is stored. */
export const refreshAndReadBack = Effect.fnUntraced(function* (login: StoredLogin) {
  const renewed = yield* (yield* OAuthRefresh).refreshNow(login)
  const { document, path } = yield* (yield* ProfileStore).read(login.owner)
  const stored = document.profiles.get(login.profile)
  // Nobody says that it worked before it is read back; a login that is newer still is as good.
  if (stored?.type !== "oauth" || stored.expires < renewed.expires)
    return yield* new NotReadBack({ path, what: `the refreshed login ${login.profile}` })
  return stored
})
