/**
 * The gateway's tokens (decisions D26, D26a): from the config where they are set there, the client
 * token also from the environment, else from `<state>/gateway-tokens.json`, where they are made at
 * the first start. A token that a person set is never copied into that file.
 */

import { randomBytes } from "node:crypto"
import { type GivenToken, madePrefix } from "@clawdbot/domain/Client/gatewaySecret"
import type { Config } from "@clawdbot/domain/Config/Config"
import { atFirstUse } from "@clawdbot/domain/Document/atFirstUse"
import { defined } from "@clawdbot/domain/Document/defined"
import * as FileProblem from "@clawdbot/domain/Document/fileProblem"
import * as Json from "@clawdbot/json5-edit/Json"
import type { Disk } from "@clawdbot/node/File/Disk"
import { durableWrite } from "@clawdbot/node/File/durableWrite"
import type { FileFailure } from "@clawdbot/node/File/FileFailure"
import * as FolderLock from "@clawdbot/node/File/FolderLock"
import { maxBytes, readIfPresent } from "@clawdbot/node/File/readDocument"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"

/** What opens the data plane and the control plane. */
export interface GatewayTokens {
  readonly client: Redacted.Redacted
  /** The key or variable that sets the client token; undefined where the gateway made it. */
  readonly clientFrom: GivenToken["from"] | undefined
  readonly admin: Redacted.Redacted
}

/**
 * The file with the tokens cannot be used. `code` is the system's, or `INVALID` where the file
 * holds something else.
 */
export class GatewayTokensUnavailable extends Schema.TaggedError<GatewayTokensUnavailable>()(
  "GatewayTokensUnavailable",
  { path: Schema.String, operation: Schema.Literal("read", "write", "lock"), code: Schema.String }
) {
  override get message() {
    return (
      `cannot ${this.operation} the gateway's tokens ${this.path} ` +
      `(${FileProblem.inWords(this.code)})`
    )
  }
}

/** A new token, `cbt_` and 32 random bytes. */
export const newToken = (): Redacted.Redacted =>
  Redacted.make(`${madePrefix}${randomBytes(32).toString("base64url")}`)

const Token = Schema.Redacted(Schema.NonEmptyString)
const Stored = Schema.Struct({ client: Schema.optional(Token), admin: Schema.optional(Token) })
type Stored = typeof Stored.Type
const decode = atFirstUse(() => Schema.decodeUnknownEither(Stored))

/** A refusal of the file system, of these files and of the clients' alike. */
export const unavailable = ({ code, operation, path }: FileFailure) =>
  new GatewayTokensUnavailable({
    path,
    operation: operation === "list" ? "read" : operation,
    code
  })

/**
 * The tokens that were made before. A file that holds something else is never replaced: clients may
 * still have what stood there.
 */
const read = (file: string): Effect.Effect<Stored, GatewayTokensUnavailable, Disk> =>
  readIfPresent(file, maxBytes.settings).pipe(
    Effect.mapError(unavailable),
    Effect.flatMap((document) => {
      if (document === undefined) return Either.right<Stored>({})
      return Json.parse(document.text).pipe(
        Either.flatMap(decode),
        Either.mapLeft(
          () => new GatewayTokensUnavailable({ path: file, operation: "read", code: "INVALID" })
        )
      )
    })
  )

/** Makes what is missing. Under a lock, so that two gateways that start at once agree. */
const complete = (
  file: string,
  wanted: (stored: Stored) => Stored
): Effect.Effect<Stored, GatewayTokensUnavailable, Disk> =>
  Effect.scoped(
    Effect.gen(function* () {
      const lock = yield* FolderLock.hold(file, FolderLock.standardTimes)
      const tokens = wanted(yield* read(file))
      const value = yield* Effect.orDie(Schema.encode(Stored)(tokens))
      yield* durableWrite(file, `${JSON.stringify(value)}\n`, {
        mode: 0o600,
        beforeRename: lock.stillMine
      })
      return tokens
    })
  ).pipe(Effect.catchTag("FileFailure", (failure) => Effect.fail(unavailable(failure))))

/**
 * The client token that is in force for the next start, without creating one; undefined where there
 * is none yet.
 */
export const known = (
  given: GivenToken | undefined,
  stateDir: string
): Effect.Effect<Redacted.Redacted | undefined, GatewayTokensUnavailable, Disk> => {
  if (given !== undefined) return Effect.succeed(given.secret)
  return Effect.map(read(`${stateDir}/gateway-tokens.json`), ({ client }) => client)
}

/** The tokens in force. `given` is the client token that a person set. */
export const load = (
  config: Config,
  given: GivenToken | undefined,
  stateDir: string
): Effect.Effect<GatewayTokens, GatewayTokensUnavailable, Disk> =>
  Effect.gen(function* () {
    const file = `${stateDir}/gateway-tokens.json`
    const adminToken = config.gateway?.auth?.adminToken
    const token = given?.secret
    const inForce = (stored: Stored): GatewayTokens | undefined => {
      const client = token ?? stored.client
      const admin = adminToken ?? stored.admin
      if (client === undefined || admin === undefined) return undefined
      return { client, admin, clientFrom: given?.from }
    }
    const wanted = (stored: Stored): Stored => ({
      ...stored,
      ...defined({
        client: token === undefined && stored.client === undefined ? newToken() : undefined,
        admin: adminToken === undefined && stored.admin === undefined ? newToken() : undefined
      })
    })
    const known = inForce(yield* read(file))
    if (known !== undefined) return known
    const made = inForce(yield* complete(file, wanted))
    return made ?? (yield* Effect.dieMessage("both tokens were made"))
  })
