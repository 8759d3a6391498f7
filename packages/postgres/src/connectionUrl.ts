/** Whether an address of a database may be used, and what of it may be shown. Pure. */
import { isLoopback } from "@clawdbot/domain/Auth/upstreamOrigin"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import { StoreUrlUnusable } from "./StoreError.ts"

/** An address that may be used. `where` is what people and logs may see of it. */
export interface ConnectionUrl {
  readonly url: Redacted.Redacted
  readonly where: string
}

const example = "postgres://user:password@db.example:5432/clawdbot?sslmode=verify-full"

/** A value of the query as `pg` reads it: the last of several counts, and an empty one is none. */
const queried = (url: URL, name: string): string | undefined =>
  url.searchParams.getAll(name).at(-1) || undefined

const problemOf = (url: URL, host: string): string | undefined => {
  const mode = queried(url, "sslmode")
  if (mode === "verify-full" || mode === "disable") return undefined
  if (host.startsWith("/") || isLoopback(host)) return undefined
  if (mode === undefined)
    return `${host} is not this machine, and without sslmode the connection is not encrypted`
  return `sslmode=${mode} does not say whether the server's certificate is checked`
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
  const refuse = (problem: string, cure: string) =>
    Either.left(new StoreUrlUnusable({ source, problem, cure }))
  const value = Redacted.value(text).trim()
  if (!URL.canParse(value)) return refuse("it is not an address", `write it as ${example}`)
  const url = new URL(value)
  if (url.protocol !== "postgres:" && url.protocol !== "postgresql:")
    return refuse(`it begins with ${url.protocol}`, `write it as ${example}`)
  // `pg` reads a host from the query as well, and that one counts.
  const host = queried(url, "host") ?? decodeURIComponent(url.hostname)
  if (host === "") return refuse("it names no host", `write it as ${example}`)
  const database = decodeURIComponent(url.pathname.slice(1))
  if (database === "") return refuse("it names no database", `write it as ${example}`)
  const problem = problemOf(url, host)
  if (problem !== undefined)
    return refuse(
      problem,
      "add ?sslmode=verify-full (and &sslrootcert=FILE for a private authority), or " +
        "?sslmode=disable where the network between them is trusted"
    )
  const port = queried(url, "port") ?? url.port
  const where = `${host}:${port === "" ? 5432 : port}/${database}`
  return Either.right({ url: Redacted.make(value), where })
}
