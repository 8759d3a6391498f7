/**
 * `AccessTokens` over two files of the state folder, readable by their owner only:
 * `gateway-tokens.json` with the gateway's own tokens, and `gateway-clients.json` with the named
 * clients, changed by commands while a gateway reads along. A file that holds something else is
 * never replaced: clients may still have what stood there.
 */
import * as BackgroundLoop from "@clawdbot/domain/Background/backgroundLoop"
import {
  AccessTokens,
  GatewayTokensUnavailable,
  type OwnTokens
} from "@clawdbot/domain/Client/AccessTokens"
import * as ClientTokens from "@clawdbot/domain/Client/ClientTokens"
import { atFirstUse } from "@clawdbot/domain/Document/atFirstUse"
import { lazily } from "@clawdbot/domain/Document/lazily"
import { StatePaths } from "@clawdbot/domain/Environment/StatePaths"
import * as Json from "@clawdbot/json5-edit/Json"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import type { Disk } from "../File/Disk.ts"
import { durableWrite } from "../File/durableWrite.ts"
import type { FileFailure } from "../File/FileFailure.ts"
import * as FolderLock from "../File/FolderLock.ts"
import { fileVersion } from "../File/fileVersion.ts"
import { maxBytes, readIfPresent } from "../File/readDocument.ts"
import { watchedVersion } from "../File/watchedVersion.ts"

/** The file of the named clients. */
export const clientsFileOf = (stateDir: string): string => `${stateDir}/gateway-clients.json`

/** The file of the gateway's own tokens. */
export const ownFileOf = (stateDir: string): string => `${stateDir}/gateway-tokens.json`

const StoredClients = lazily(() => Schema.parseJson(ClientTokens.ClientTokens, { space: 2 }))
const decodeClients = atFirstUse(() => Schema.decodeUnknownEither(ClientTokens.ClientTokens))

/** What the file of the gateway's own tokens holds. */
export const StoredOwn = lazily(() => {
  const Token = Schema.Redacted(Schema.NonEmptyString)
  return Schema.Struct({ client: Schema.optional(Token), admin: Schema.optional(Token) })
})
const decodeOwn = atFirstUse(() => Schema.decodeUnknownEither(StoredOwn))

/** How often a gateway looks whether a token was added or revoked. */
const lookEvery = "250 millis"

/** A refusal of the file system. */
const unavailable = ({ code, operation, path }: FileFailure) =>
  new GatewayTokensUnavailable({ path, operation: operation === "list" ? "read" : operation, code })

/** Reads one of the files; `none` is what a missing one stands for. */
const read = <A, E>(
  file: string,
  limit: number,
  decode: (value: unknown) => Either.Either<A, E>,
  none: A
): Effect.Effect<A, GatewayTokensUnavailable, Disk> =>
  readIfPresent(file, limit).pipe(
    Effect.mapError(unavailable),
    Effect.flatMap((document) => {
      if (document === undefined) return Either.right(none)
      return Json.parse(document.text).pipe(
        Either.flatMap(decode),
        Either.mapLeft(
          () => new GatewayTokensUnavailable({ path: file, operation: "read", code: "INVALID" })
        )
      )
    })
  )

/** Writes one of the files anew under its lock, by what it holds then; gives what it holds now. */
const rewrite = <A, E, R>(
  file: string,
  next: Effect.Effect<{ readonly value: A; readonly text: string }, E, R>
): Effect.Effect<A, E | GatewayTokensUnavailable, R | Disk> =>
  Effect.scoped(
    Effect.gen(function* () {
      const lock = yield* Effect.mapError(FolderLock.hold(file), unavailable)
      const { text, value } = yield* next
      yield* Effect.mapError(
        durableWrite(file, `${text}\n`, { mode: 0o600, beforeRename: lock.stillMine }),
        unavailable
      )
      return value
    })
  )

/** The tokens of the state folder. */
export const make = Effect.gen(function* () {
  const { stateDir } = yield* StatePaths
  const disk = yield* Effect.context<Disk>()
  const clientsFile = clientsFileOf(stateDir)
  const ownFile = ownFileOf(stateDir)
  const readClients = read(clientsFile, maxBytes.records, decodeClients, ClientTokens.none)
  const readOwn = read<OwnTokens, unknown>(ownFile, maxBytes.settings, decodeOwn, {})

  const watch = Effect.gen(function* () {
    const version = watchedVersion(clientsFile, "", fileVersion)
    let seen = yield* version
    let clients = ClientTokens.byHash(yield* readClients)
    const look = Effect.gen(function* () {
      const now = yield* version
      if (now === seen) return
      seen = now
      clients = ClientTokens.byHash(yield* readClients)
    }).pipe(
      Effect.catchAll((error) =>
        Effect.logWarning(`client tokens stay as they were: ${error.message}`)
      )
    )
    yield* BackgroundLoop.start({ task: "watching the client tokens", every: lookEvery }, look)
    return () => clients
  })

  return AccessTokens.of({
    clients: Effect.provide(readClients, disk),
    modifyClients: (change) =>
      rewrite(
        clientsFile,
        Effect.gen(function* () {
          const value = yield* change(yield* readClients)
          return { value, text: yield* Effect.orDie(Schema.encode(StoredClients)(value)) }
        })
      ).pipe(Effect.asVoid, Effect.provide(disk)),
    watchClients: Effect.provide(watch, disk),
    own: Effect.provide(readOwn, disk),
    completeOwn: (wanted) =>
      rewrite(
        ownFile,
        Effect.gen(function* () {
          const value = wanted(yield* readOwn)
          const stored = yield* Effect.orDie(Schema.encode(StoredOwn)(value))
          return { value, text: JSON.stringify(stored) }
        })
      ).pipe(Effect.provide(disk))
  })
})

/** The layer of {@link make}. */
export const layer: Layer.Layer<AccessTokens, never, StatePaths | Disk> = Layer.effect(
  AccessTokens,
  make
)
