/**
 * Former versions of the credentials of a store. What a version is called tells nothing about its
 * secret, and is the same on every host of the store.
 */
import type { AgentId } from "@clawdbot/domain/Agent/AgentId"
import * as Credential from "@clawdbot/domain/Profile/Credential"
import type { StoreUnavailable } from "@clawdbot/domain/Profile/ProfileError"
import { ProfileHistory } from "@clawdbot/domain/Profile/ProfileHistory"
import * as ProfileId from "@clawdbot/domain/Profile/ProfileId"
import * as Json from "@clawdbot/json5-edit/Json"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { Database } from "../Database.ts"
import { Keyring, type Keys } from "../Keyring.ts"
import { type HistoryError, VersionRefused, VersionUnknown } from "./HistoryError.ts"
import { asStoreError, pathOf, profilePlace } from "./storeRows.ts"

/** A version of a credential; times in epoch ms. */
export interface PastVersion {
  readonly profile: ProfileId.ProfileId
  /** Undefined for the one that is stored now. */
  readonly number: number | undefined
  readonly writtenAt: number
  readonly replacedAt: number | undefined
  /** Undefined where it cannot be read. */
  readonly kind: Credential.Kind | undefined
  readonly fingerprint: string | undefined
  /** Whether its refresh token is known to be used. */
  readonly isRedeemed: boolean
}

/**
 * - `versions`: what is stored of an agent's profiles now, and what was before; by profile, the
 *   newest first.
 * - `open`: the credential of a version, where it may be stored again.
 */
export class ProfilePast extends Context.Tag("@clawdbot/postgres/Profile/ProfilePast")<
  ProfilePast,
  {
    readonly versions: (
      agent: AgentId
    ) => Effect.Effect<ReadonlyArray<PastVersion>, StoreUnavailable>
    readonly open: (
      agent: AgentId,
      profile: ProfileId.ProfileId,
      number: number
    ) => Effect.Effect<Credential.Credential, StoreUnavailable | HistoryError>
  }
>() {}

interface Row {
  readonly profile: string
  readonly number: number | null
  readonly sealed: Buffer
  readonly key_id: string
  readonly is_redeemed: boolean
  readonly written_at: number
  readonly replaced_at: number | null
}

const ms = (column: string): string => `round(extract(epoch from ${column}) * 1000)::float8`

/** The credential of a row; undefined where it cannot be read. */
const credentialOf = (keys: Keys, agent: AgentId, { key_id: keyId, profile, sealed }: Row) =>
  Either.getOrUndefined(
    Either.gen(function* () {
      const text = yield* keys.open({ sealed, keyId }, profilePlace(agent, profile))
      return yield* Credential.decode(yield* Json.parse(Redacted.value(text)))
    })
  )

/** What names a secret to people; marks of refresh tokens are made of something else. */
const fingerprintOf = (keys: Keys, credential: Credential.Credential): string =>
  keys.mark(`version ${Credential.secretFingerprint(credential)}`).slice(0, 12)

const make = Effect.gen(function* () {
  const { options, query, table } = yield* Database
  const keyring = yield* Keyring
  const failed = (agent: AgentId, operation: "read" | "write") =>
    asStoreError(pathOf(options.schema, agent), operation)

  /** Whatever the journal says of a token: it was used, or it is being used. */
  const isRedeemed = `p.is_redeemed
    or exists (select 1 from ${table("refresh_entry")} e where e.mark = p.refresh_mark)
    or exists (select 1 from ${table("profile_past")} o
      where o.refresh_mark = p.refresh_mark and o.is_redeemed)`
  const past = `select p.profile, p.number::float8 as number, p.sealed, p.key_id,
      (${isRedeemed}) as is_redeemed, ${ms("p.written_at")} as written_at,
      ${ms("p.replaced_at")} as replaced_at
    from ${table("profile_past")} p`
  const current = `select profile, null::float8 as number, sealed, key_id, false as is_redeemed,
      ${ms("changed_at")} as written_at, null::float8 as replaced_at
    from ${table("profile")}`

  const versions = (agent: AgentId) =>
    Effect.gen(function* () {
      const keys = yield* keyring.keys
      const rows = yield* query<Row>(
        `${current} where agent = $1 union all ${past} where p.agent = $1
         order by profile, number desc nulls first`,
        [agent]
      )
      return rows.map((row): PastVersion => {
        const credential = credentialOf(keys, agent, row)
        return {
          profile: ProfileId.of(row.profile),
          number: row.number ?? undefined,
          writtenAt: row.written_at,
          replacedAt: row.replaced_at ?? undefined,
          kind: credential?.type,
          fingerprint: credential === undefined ? undefined : fingerprintOf(keys, credential),
          isRedeemed: row.is_redeemed
        }
      })
    }).pipe(Effect.mapError(failed(agent, "read")))

  const open = (agent: AgentId, profile: ProfileId.ProfileId, number: number) =>
    Effect.gen(function* () {
      const keys = yield* Effect.mapError(keyring.keys, failed(agent, "read"))
      const [row] = yield* Effect.mapError(
        query<Row>(`${past} where p.agent = $1 and p.profile = $2 and p.number = $3`, [
          agent,
          profile,
          number
        ]),
        failed(agent, "read")
      )
      const which = { agent, profile, version: number }
      if (row === undefined) return yield* new VersionUnknown(which)
      if (row.is_redeemed) return yield* new VersionRefused({ ...which, reason: "redeemed" })
      const credential = credentialOf(keys, agent, row)
      if (credential === undefined)
        return yield* new VersionRefused({ ...which, reason: "unreadable" })
      return credential
    })

  return ProfilePast.of({ versions, open })
})

/** The history of a store. */
export const layer: Layer.Layer<ProfilePast, never, Database | Keyring> = Layer.effect(
  ProfilePast,
  make
)

/** The same for whoever removes a credential for good. */
export const layerHistory: Layer.Layer<ProfileHistory, never, Database> = Layer.effect(
  ProfileHistory,
  Effect.map(Database, ({ options, query, table }) => ({
    forget: (agent: AgentId, profile: ProfileId.ProfileId) =>
      // Files that were moved to the store may hold the secret as well.
      query(
        `with files as (delete from ${table("moved_file")} where agent = $1)
         delete from ${table("profile_past")} where agent = $1 and profile = $2 returning 1`,
        [agent, profile]
      ).pipe(
        Effect.map((removed) => removed.length),
        Effect.mapError(asStoreError(pathOf(options.schema, agent), "write"))
      )
  }))
)
