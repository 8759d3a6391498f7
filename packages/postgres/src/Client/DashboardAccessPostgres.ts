/**
 * `DashboardAccess` for all gateways of a store: a link that one of them made opens the dashboard
 * of any of them, once over all, and a session that one began is good for every other one.
 */
import { randomBytes } from "node:crypto"
import * as BackgroundLoop from "@clawdbot/domain/Background/backgroundLoop"
import { GatewayTokensUnavailable } from "@clawdbot/domain/Client/AccessTokens"
import { DashboardAccess } from "@clawdbot/domain/Client/DashboardAccess"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import { Database } from "../Database.ts"
import { Keyring } from "../Keyring.ts"
import { Notices } from "../Notices.ts"
import { inRealTime } from "../realTime.ts"
import * as SharedSecrets from "./sharedSecrets.ts"

/** What others hear when sessions were ended. */
const noticeKind = "dashboard"

const name = SharedSecrets.secretNames.dashboard
const keyBytes = 32

/** A link that was used stays known for so long after its end: clocks differ. */
const keptAfterEnd = "1 hour"

const make = (watches: boolean) =>
  Effect.gen(function* () {
    const database = yield* Database
    const { options, query, table } = database
    const keys = yield* (yield* Keyring).keys
    const notices = yield* Notices

    const find = Effect.map(SharedSecrets.read(database, keys, [name]), (found) => found.get(name))
    /** The key of now; makes one where there is none, as after the sessions were ended. */
    const current = Effect.gen(function* () {
      const found = yield* find
      if (found !== undefined) return Buffer.from(Redacted.value(found), "base64url")
      const made = Redacted.make(randomBytes(keyBytes).toString("base64url"))
      yield* SharedSecrets.insert(database, keys, name, made)
      // Another gateway may have been first.
      return Buffer.from(Redacted.value((yield* find) ?? made), "base64url")
    })
    let key: Uint8Array = randomBytes(keyBytes)
    const look = Effect.map(current, (found) => {
      key = found
    })
    if (watches) {
      // The next look finds it where the database is away right now.
      yield* Effect.ignoreLogged(look)
      notices.onLook({ task: "looking for the dashboard's key", run: look })
      yield* BackgroundLoop.start(
        { task: "hearing of ended sessions", every: 1, startsAtOnce: true },
        // What cannot be read now is read with the next look.
        Stream.runForEach(notices.heard(noticeKind), () => Effect.ignore(look))
      )
    }

    return DashboardAccess.of({
      key: () => key,
      sharedLinks: {
        cookie: `clawdbot_${keys.mark("dashboard").slice(0, 8)}`,
        useOnce: (hash, until) =>
          query(
            `with ended as (
               delete from ${table("used_link")}
               where until < clock_timestamp() - interval '${keptAfterEnd}')
             insert into ${table("used_link")} (hash, until)
             values ($1, to_timestamp($2::float8 / 1000)) on conflict do nothing returning hash`,
            [hash, until]
          ).pipe(
            Effect.map((rows) => rows.length === 1),
            Effect.catchAll((error) =>
              Effect.as(
                Effect.logWarning(`a dashboard link was not opened: ${error.message}`),
                false
              )
            )
          )
      },
      endSessions: query(`delete from ${table("shared_secret")} where name = $1 returning name`, [
        name
      ]).pipe(
        Effect.map((rows) => rows.length > 0),
        Effect.zipLeft(notices.send(noticeKind, "ended")),
        Effect.mapError(
          () =>
            new GatewayTokensUnavailable({
              path: `postgres:${options.schema}/shared_secret`,
              operation: "write",
              code: "DATABASE"
            })
        )
      )
    })
  })

/** For commands, which end sessions. */
export const layer = Layer.scoped(DashboardAccess, make(false))

/** For gateways: sessions that somebody ended are so within a second. */
export const layerWatching = Layer.scoped(DashboardAccess, inRealTime(make(true)))
