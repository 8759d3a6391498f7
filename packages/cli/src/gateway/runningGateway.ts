/**
 * What the gateway that runs on this state folder says of itself over its socket: where it listens,
 * its process, its client token.
 */
import { givenClientToken } from "@clawdbot/domain/Client/gatewaySecret"
import { ConfigStore } from "@clawdbot/domain/Config/ConfigStore"
import type { StatePaths } from "@clawdbot/domain/Environment/StatePaths"
import { StateFolderServed } from "@clawdbot/http/control/ControlSocket"
import type { GatewayInfo } from "@clawdbot/http/control/GatewayInfo"
import * as GatewayTokens from "@clawdbot/http/gatewayTokens"
import { PortInUse } from "@clawdbot/http/listen"
import { codeOf } from "@clawdbot/node/File/FileFailure"
import * as Effect from "effect/Effect"
import { NotOffered } from "../CliError.ts"
import { withAccessTokens } from "./accessTokens.ts"

// A gateway that starts asks no other one, as a rule, and the contract takes a tenth of its start.
const control = Effect.flatMap(
  Effect.promise(() => import("./controlClient.ts")),
  (client) => client.control
)

/** The gateway's own description; undefined where none runs, or one of an older version. */
export const gatewayInfo: Effect.Effect<GatewayInfo | undefined, never, StatePaths> =
  Effect.flatMap(control, (client) => Effect.orElseSucceed(client.gateway(), () => undefined))

/** Codes of the system for a socket behind which no process is. */
const noProcess: ReadonlySet<string> = new Set(["ENOENT", "ECONNREFUSED"])

/** Whether nothing runs here at all: neither one of an older version nor one that hangs. */
export const isNoneRunning: Effect.Effect<boolean, never, StatePaths> = Effect.flatMap(
  control,
  (client) =>
    Effect.match(client.gateway(), {
      onFailure: (error) => error._tag === "RequestError" && noProcess.has(codeOf(error.cause)),
      onSuccess: () => false
    })
)

/**
 * A start that says which gateway is in its way, where that one serves the same state folder: its
 * address and its process.
 */
export const withHolder = <A, E, R>(start: Effect.Effect<A, E, R>) =>
  Effect.catchAll(start, (error) =>
    Effect.flatMap(
      gatewayInfo,
      (running): Effect.Effect<never, E | PortInUse | StateFolderServed> => {
        if (running === undefined) return Effect.fail(error)
        const { pid, port, url } = running
        if (error instanceof StateFolderServed) return new StateFolderServed({ ...error, url, pid })
        if (error instanceof PortInUse && error.port === port)
          return new PortInUse({ ...error, pid })
        return Effect.fail(error)
      }
    )
  )

/** From where they are kept, where no gateway runs that could say it. */
const storedToken = Effect.gen(function* () {
  const { config, environment } = yield* (yield* ConfigStore).load
  if (config.gateway?.auth?.mode === "none") return { token: null }
  const given = givenClientToken(config, environment)
  const token = yield* withAccessTokens(GatewayTokens.known(given))
  if (token === undefined)
    return yield* new NotOffered({
      what: "the gateway has no client token yet: it is created at the first start",
      instead: "clawdbot gateway"
    })
  return { token, from: given?.from }
})

/**
 * The gateway's own client token, and what sets it. A gateway that runs is asked first: its token
 * may be one that only its own environment has.
 */
export const ownToken = Effect.flatMap(control, (client) =>
  Effect.catchAll(client.clientToken(), () => storedToken)
)
