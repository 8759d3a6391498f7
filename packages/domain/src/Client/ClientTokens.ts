/**
 * Named client tokens of the gateway (decisions D26, D26b): who sends a request, and as which
 * agent. Only hashes are kept. Pure.
 */

import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import { AgentId } from "../Agent/AgentId.ts"
import { lazily } from "../Document/lazily.ts"
import * as Lenient from "../Document/lenient.ts"
import { taggedError } from "../Document/taggedError.ts"

/**
 * One client; fields that this version does not know are kept. `hash` is SHA-256 of its token in
 * hex; `createdAt` is epoch ms.
 */
export const ClientToken = lazily(() =>
  Lenient.open(
    Schema.Struct({
      hash: Schema.String.pipe(Schema.pattern(/^[0-9a-f]{64}$/)),
      agent: Schema.optional(AgentId),
      createdAt: Schema.Number
    })
  )
)
export type ClientToken = typeof ClientToken.Type

/** The file: clients by name. */
export const ClientTokens = lazily(() =>
  Lenient.open(
    Schema.Struct({
      version: Schema.Literal(1),
      clients: Lenient.record(ClientToken)
    })
  )
)
export type ClientTokens = typeof ClientTokens.Type

/** No client yet. */
export const none: ClientTokens = { version: 1, clients: {} }

/** Who sends a request. */
export interface Client {
  readonly name: string
  /** The agent all its requests are made as. */
  readonly agent: AgentId | undefined
}

/** The name is taken, is no name, or is nobody's. Nothing was changed. */
export class ClientNameRefused extends taggedError<ClientNameRefused>()(
  "ClientNameRefused",
  () => ({
    name: Schema.String,
    problem: Schema.Literal("taken", "unknown", "shape")
  })
) {
  override get message() {
    switch (this.problem) {
      case "taken":
        return `there is already a client token "${this.name}"`
      case "unknown":
        return `there is no client token "${this.name}"`
      case "shape":
        return (
          "a client's name can have at most 64 letters, digits, dots, dashes and " +
          `underscores, not: ${this.name}`
        )
    }
  }
}

/** A named token was to be shown. Only its hash is stored. */
export class ClientTokenHashed extends taggedError<ClientTokenHashed>()(
  "ClientTokenHashed",
  () => ({ name: Schema.String })
) {
  override get message() {
    return `the token of "${this.name}" cannot be shown: only its hash is stored`
  }
}

const isName = (name: string): boolean => /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(name)

/**
 * With one more client. A name is never given anew while it is in use: its old token would end
 * without a word.
 */
export const add = (
  tokens: ClientTokens,
  name: string,
  token: ClientToken
): Either.Either<ClientTokens, ClientNameRefused> => {
  if (!isName(name)) return Either.left(new ClientNameRefused({ name, problem: "shape" }))
  if (Object.hasOwn(tokens.clients, name))
    return Either.left(new ClientNameRefused({ name, problem: "taken" }))
  return Either.right({ ...tokens, clients: { ...tokens.clients, [name]: token } })
}

/** Without one. */
export const revoke = (
  tokens: ClientTokens,
  name: string
): Either.Either<ClientTokens, ClientNameRefused> => {
  if (Object.hasOwn(tokens.clients, name))
    return Either.right({
      ...tokens,
      clients: Object.fromEntries(
        Object.entries(tokens.clients).filter(([other]) => other !== name)
      )
    })
  return Either.left(new ClientNameRefused({ name, problem: "unknown" }))
}

/** The clients by the hash of their token. */
export const byHash = (tokens: ClientTokens): ReadonlyMap<string, Client> =>
  new Map(Object.entries(tokens.clients).map(([name, { agent, hash }]) => [hash, { name, agent }]))
