/**
 * Storing a new credential and telling the config about it (auth.md §2 "Registering a profile").
 * One place for `onboard`, `paste-token` and whatever else enrols: store first, then config, then
 * both are read back before anybody says that it worked (field-notes A1).
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import type { AgentId } from "../Agent/AgentId.ts"
import type { ProfileMode } from "../Config/Config.ts"
import { type ConfigEdit, type ConfigSnapshot, ConfigStore } from "../Config/ConfigStore.ts"
import { HealthStore } from "../Health/HealthStore.ts"
import * as Credential from "./Credential.ts"
import * as ProfileDocument from "./ProfileDocument.ts"
import type { ProfileId } from "./ProfileId.ts"
import { ProfileStore } from "./ProfileStore.ts"
import * as ProviderId from "./ProviderId.ts"

/** What was written could not be read back the same. */
export class NotReadBack extends Schema.TaggedError<NotReadBack>()("NotReadBack", {
  path: Schema.String,
  what: Schema.String
}) {
  override get message() {
    return `${this.what} was written to ${this.path} but is not there when it is read back`
  }
}

/** What was done. */
export interface Enrolled {
  readonly profile: ProfileId
  readonly storePath: string
  readonly configPath: string
  readonly configChanged: boolean
  /** Set when a per-agent order keeps the new profile from being used. */
  readonly outsideOrder: boolean
}

/**
 * The edits that make a config know a profile: its entry, and the front of an order that exists
 * already.
 */
export const configEdits = (
  snapshot: ConfigSnapshot,
  profile: ProfileId,
  provider: ProviderId.ProviderId,
  mode: ProfileMode
): ReadonlyArray<ConfigEdit> => {
  const { auth } = snapshot.config
  const entry = auth?.profiles?.[profile]
  const same =
    entry !== undefined && entry.mode === mode && ProviderId.normalize(entry.provider) === provider
  const order = Object.entries(auth?.order ?? {}).find(
    ([name]) => ProviderId.normalize(name) === provider
  )
  const edits: Array<ConfigEdit> = []
  if (!same) {
    const value = { provider, mode, ...(entry?.email !== undefined ? { email: entry.email } : {}) }
    edits.push({ _tag: "Set", path: ["auth", "profiles", profile], value })
  }
  if (order !== undefined && order[1][0] !== profile) {
    const [name, ids] = order
    edits.push({
      _tag: "Set",
      path: ["auth", "order", name],
      value: [profile, ...ids.filter((id) => id !== profile)]
    })
  }
  return edits
}

/**
 * Stores a credential for an agent and registers it. A replaced credential's unknown fields are not
 * carried over to another secret.
 */
export const enrol = Effect.fn("enrolment.enrol")(function* (options: {
  readonly agent: AgentId
  readonly profile: ProfileId
  readonly credential: Credential.Credential
  readonly mode: ProfileMode
}) {
  const { agent, credential, mode, profile } = options
  const store = yield* ProfileStore
  const configs = yield* ConfigStore
  const healths = yield* HealthStore
  // A config that cannot be written must stop this before a secret is stored.
  yield* configs.load
  yield* store.modify(agent, (document) =>
    Either.right({
      document: ProfileDocument.set(document, profile, credential),
      result: undefined
    })
  )
  const snapshot = yield* store.read(agent)
  const stored = snapshot.document.profiles.get(profile)
  const mark = Credential.secretFingerprint(credential)
  if (stored === undefined || Credential.secretFingerprint(stored) !== mark) {
    return yield* new NotReadBack({ path: snapshot.path, what: `profile ${profile}` })
  }
  const report = yield* configs.edit((current) =>
    Either.right(configEdits(current, profile, credential.provider, mode))
  )
  const after = yield* configs.load
  if (after.config.auth?.profiles?.[profile]?.mode !== mode) {
    return yield* new NotReadBack({ path: report.path, what: `auth.profiles.${profile}` })
  }
  // The new secret starts clean, whatever was known about an older one of the same name.
  yield* healths.record(agent, profile, mark, {
    _tag: "Cleared",
    at: yield* Clock.currentTimeMillis
  })
  const order = snapshot.document.order.get(credential.provider)
  const enrolled: Enrolled = {
    profile,
    storePath: snapshot.path,
    configPath: report.path,
    configChanged: report.changed,
    outsideOrder: order !== undefined && !order.includes(profile)
  }
  return enrolled
})
