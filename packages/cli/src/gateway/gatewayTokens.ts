/**
 * The gateway's tokens (decisions D26, D26a): from the config when they are set there, else from `<state>/gateway-tokens.json`, where a pair is
 * made at the first start.
 */
import { randomBytes } from "node:crypto"
import * as fs from "node:fs/promises"
import type { Config } from "@clawdbot/domain/Config/Config"
import { StoreUnavailable } from "@clawdbot/domain/Profile/ProfileError"
import { durableWrite } from "@clawdbot/node/File/durableWrite"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"

/** What opens the data plane and the control plane. */
export interface GatewayTokens {
  readonly client: Redacted.Redacted
  readonly admin: Redacted.Redacted
}

/** A new token, `cbt_` and 32 random bytes. */
export const newToken = (): Redacted.Redacted => Redacted.make(`cbt_${randomBytes(32).toString("base64url")}`)

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null

const read = (file: string): Effect.Effect<GatewayTokens | undefined, StoreUnavailable> =>
  Effect.tryPromise({
    try: async () => {
      const text = await fs.readFile(file, "utf8").catch((cause: NodeJS.ErrnoException) => {
        if (cause.code === "ENOENT") return undefined
        throw cause
      })
      if (text === undefined) return undefined
      const value: unknown = JSON.parse(text)
      return isRecord(value) && typeof value.client === "string" && typeof value.admin === "string"
        ? { client: Redacted.make(value.client), admin: Redacted.make(value.admin) }
        : undefined
    },
    catch: (cause) =>
      new StoreUnavailable({
        path: file,
        operation: "read",
        code: cause instanceof Error && "code" in cause && typeof cause.code === "string" ? cause.code : "INVALID"
      })
  })

/** The tokens in force. */
export const load = (config: Config, stateDir: string): Effect.Effect<GatewayTokens, StoreUnavailable> =>
  Effect.gen(function* () {
    const file = `${stateDir}/gateway-tokens.json`
    const configured = config.gateway?.auth
    const stored = yield* read(file)
    const tokens: GatewayTokens = {
      client: configured?.token ?? stored?.client ?? newToken(),
      admin: configured?.adminToken ?? stored?.admin ?? newToken()
    }
    if (stored === undefined && (configured?.token === undefined || configured.adminToken === undefined)) {
      const text = JSON.stringify(
        { client: Redacted.value(tokens.client), admin: Redacted.value(tokens.admin) },
        null,
        2
      )
      yield* durableWrite(file, `${text}\n`).pipe(
        Effect.mapError(({ code, path }) => new StoreUnavailable({ path, operation: "write", code }))
      )
    }
    return tokens
  })
