/**
 * Named client tokens in `<state>/gateway-clients.json` (0600), changed by commands while a gateway
 * reads along.
 */

import { createHash } from "node:crypto"
import * as BackgroundLoop from "@clawdbot/domain/Background/backgroundLoop"
import * as ClientTokens from "@clawdbot/domain/Client/ClientTokens"
import { atFirstUse } from "@clawdbot/domain/Document/atFirstUse"
import * as Json from "@clawdbot/json5-edit/Json"
import type { Disk } from "@clawdbot/node/File/Disk"
import { durableWrite } from "@clawdbot/node/File/durableWrite"
import * as FolderLock from "@clawdbot/node/File/FolderLock"
import { fileVersion } from "@clawdbot/node/File/fileVersion"
import { PosixFiles } from "@clawdbot/node/File/PosixFiles"
import { maxBytes, readIfPresent } from "@clawdbot/node/File/readDocument"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import { GatewayTokensUnavailable, unavailable } from "./gatewayTokens.ts"

const Stored = Schema.parseJson(ClientTokens.ClientTokens, { space: 2 })
const decode = atFirstUse(() => Schema.decodeUnknownEither(ClientTokens.ClientTokens))

/** How often a gateway looks whether a token was added or revoked. */
const lookEvery = "250 millis"

const fileOf = (stateDir: string): string => `${stateDir}/gateway-clients.json`

/** What is kept of a token. A token is 32 random bytes: a hash of it cannot be guessed back. */
export const hashOf = (token: Redacted.Redacted): string =>
  createHash("sha256").update(Redacted.value(token)).digest("hex")

/** All clients. A file that holds something else is never replaced. */
export const read = (
  stateDir: string
): Effect.Effect<ClientTokens.ClientTokens, GatewayTokensUnavailable, Disk> => {
  const file = fileOf(stateDir)
  return readIfPresent(file, maxBytes.records).pipe(
    Effect.mapError(unavailable),
    Effect.flatMap((document) => {
      if (document === undefined) return Either.right(ClientTokens.none)
      return Json.parse(document.text).pipe(
        Either.flatMap(decode),
        Either.mapLeft(
          () => new GatewayTokensUnavailable({ path: file, operation: "read", code: "INVALID" })
        )
      )
    })
  )
}

/** Changes them, under a lock. */
export const modify = <E>(
  stateDir: string,
  change: (tokens: ClientTokens.ClientTokens) => Either.Either<ClientTokens.ClientTokens, E>
): Effect.Effect<void, E | GatewayTokensUnavailable, Disk> => {
  const file = fileOf(stateDir)
  return Effect.scoped(
    Effect.gen(function* () {
      const lock = yield* Effect.mapError(FolderLock.hold(file), unavailable)
      const next = yield* change(yield* read(stateDir))
      const text = yield* Effect.orDie(Schema.encode(Stored)(next))
      yield* Effect.mapError(
        durableWrite(file, `${text}\n`, { mode: 0o600, beforeRename: lock.stillMine }),
        unavailable
      )
    })
  )
}

/**
 * The clients as they are now, for a gateway, until the scope closes. What cannot be read leaves
 * the last good ones in force, and says so.
 */
export const watch = (
  stateDir: string
): Effect.Effect<
  () => ReadonlyMap<string, ClientTokens.Client>,
  GatewayTokensUnavailable,
  Scope.Scope | Disk
> =>
  Effect.gen(function* () {
    const posix = yield* PosixFiles
    const version = Effect.match(posix.stat(fileOf(stateDir)), {
      onFailure: () => "",
      onSuccess: fileVersion
    })
    let seen = yield* version
    let clients = ClientTokens.byHash(yield* read(stateDir))
    const look = Effect.gen(function* () {
      const now = yield* version
      if (now === seen) return
      seen = now
      clients = ClientTokens.byHash(yield* read(stateDir))
    }).pipe(
      Effect.catchAll((error) =>
        Effect.logWarning(`client tokens stay as they were: ${error.message}`)
      )
    )
    yield* BackgroundLoop.start(
      { task: "watching the client tokens", schedule: Schedule.spaced(lookEvery) },
      look
    )
    return () => clients
  })
