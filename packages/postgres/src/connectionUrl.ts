/**
 * Whether an address of a database may be used, how it is connected to, and what of it may be
 * shown. What is checked is what the client is given: an address is parsed once, and the files that
 * it names are read then.
 */
import { isLoopback } from "@clawdbot/domain/Auth/upstreamOrigin"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import type { ClientConfig } from "pg"
import { type ConnectionOptions, parse, toClientConfig } from "pg-connection-string"
import { StoreUrlUnusable } from "./StoreError.ts"

/** An address that may be used. `where` is what people and logs may see of it. */
export interface ConnectionUrl {
  readonly config: Redacted.Redacted<ClientConfig>
  readonly where: string
}

const example = "postgres://user:password@db.example:5432/clawdbot?sslmode=verify-full"
const standardPort = 5432

/** Why an address cannot be used; never a text that may quote it. */
const problemOf = (failure: unknown): string => {
  if (failure instanceof URIError) return "it has a % that begins no character"
  if (failure instanceof Error && "syscall" in failure && "code" in failure)
    return `a file that it names cannot be read (${failure.code})`
  return "it cannot be parsed"
}

const encryptionProblem = (host: string, mode: unknown): string | undefined => {
  if (mode === "verify-full" || mode === "disable") return undefined
  if (host.startsWith("/") || isLoopback(host)) return undefined
  if (typeof mode !== "string" || mode === "")
    return `${host} is not this machine, and without sslmode the connection is not encrypted`
  return `sslmode=${mode} does not say whether the server's certificate is checked`
}

/** What of an address reaches the client: a query must not set what bounds a connection in time. */
const configOf = (parsed: ConnectionOptions, port: number): ClientConfig => {
  const given = toClientConfig(parsed)
  const { client_encoding, database, host, options, password, ssl, user } = given
  const application_name = given.application_name ?? "clawdbot"
  const config: ClientConfig = {
    application_name,
    client_encoding,
    database,
    host,
    options,
    password,
    port,
    ssl,
    user
  }
  if (parsed.sslnegotiation !== "direct" || typeof ssl !== "object") return config
  return { ...config, sslnegotiation: "direct" }
}

/**
 * The checked form of an address. A host that is not loopback must say `sslmode=verify-full`
 * (with `sslrootcert` for a private authority) or, spelled out, `sslmode=disable`: without it the
 * password and every credential would cross the network in the clear.
 */
export const check = (
  text: Redacted.Redacted,
  source: string
): Either.Either<ConnectionUrl, StoreUrlUnusable> => {
  const asWritten = `write it as ${example}`
  const refuse = (problem: string, correction = asWritten) =>
    Either.left(new StoreUrlUnusable({ source, problem, correction }))
  const value = Redacted.value(text).trim()
  if (!URL.canParse(value)) return refuse("it is not an address")
  const { protocol } = new URL(value)
  if (protocol !== "postgres:" && protocol !== "postgresql:")
    return refuse(`it begins with ${protocol}`)
  const read = Either.try({ try: () => parse(value), catch: problemOf })
  if (Either.isLeft(read)) return refuse(read.left)
  const { database, host, port, sslmode } = read.right
  if (host === null || host === "") return refuse("it names no host")
  if (typeof database !== "string" || database === "") return refuse("it names no database")
  const problem = encryptionProblem(host, sslmode)
  if (problem !== undefined)
    return refuse(
      problem,
      "add ?sslmode=verify-full (and &sslrootcert=FILE for a private authority), or " +
        "?sslmode=disable where the network between them is trusted"
    )
  const number = Number(port || standardPort)
  if (!Number.isInteger(number) || number < 1 || number > 65_535)
    return refuse("its port is no number between 1 and 65535")
  return Either.right({
    config: Redacted.make(configOf(read.right, number)),
    where: `${host}:${number}/${database}`
  })
}
