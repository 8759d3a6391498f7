/**
 * Whether the addresses that requests depend on answer, and what their clocks say. Loaded only when
 * a person asked for it; no credential is sent.
 */
import { parseBaseUrl } from "@clawdbot/domain/Auth/upstreamOrigin"
import type { Environment } from "@clawdbot/domain/Environment/Environment"
import type { Reached } from "@clawdbot/domain/Status/machineFindings"
import { codeOf } from "@clawdbot/node/File/FileFailure"
import type { ProxyUnusable } from "@clawdbot/node/Upstream/ProxyUnusable"
import * as UpstreamClient from "@clawdbot/node/Upstream/UpstreamClient"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type { Dispatcher } from "undici"

/** How long one address may take, in ms. */
const maxWaitMs = 5_000

/** What to ask. `path` is added to the address. */
export interface NetworkCheck {
  readonly what: Reached["what"]
  readonly address: string
  readonly path: string
}

/** The `date` of whatever is answered. */
const dateOf = (
  client: Pick<Dispatcher, "dispatch">,
  origin: string,
  path: string
): Effect.Effect<string | undefined, unknown> =>
  Effect.async((resume, signal) => {
    let date: string | undefined
    client.dispatch(
      {
        origin,
        path: path === "" ? "/" : path,
        method: "GET",
        headers: ["user-agent", "clawdbot"]
      },
      {
        onRequestStart: (controller) => {
          signal.addEventListener("abort", () => controller.abort(new Error("the time is up")))
        },
        onResponseStart: (controller, _status, headers) => {
          date = typeof headers.date === "string" ? headers.date : undefined
          resume(Effect.succeed(date))
          // What it says is of no interest.
          controller.abort(new Error("answered"))
        },
        onResponseData: () => undefined,
        onResponseEnd: () => resume(Effect.succeed(date)),
        onResponseError: (_controller, cause) => resume(Effect.fail(cause))
      }
    )
  })

const one = Effect.fnUntraced(function* ({ address, path, what }: NetworkCheck) {
  const target = parseBaseUrl(address)
  const failed = (code: string): Reached => ({ what, address, outcome: { _tag: "Failed", code } })
  if (Either.isLeft(target)) return failed(target.left)
  const client = yield* UpstreamClient.UpstreamClient
  const { basePath, origin } = target.right
  const sentAt = yield* Clock.currentTimeMillis
  const asked = yield* dateOf(client, origin, `${basePath}${path}`).pipe(
    Effect.timeoutFail({
      duration: maxWaitMs,
      onTimeout: () => Object.assign(new Error(), { code: "ETIMEDOUT" })
    }),
    Effect.either
  )
  if (Either.isLeft(asked)) return failed(codeOf(asked.left))
  const halfway = (sentAt + (yield* Clock.currentTimeMillis)) / 2
  const theirs = Date.parse(asked.right ?? "")
  const reached: Reached = {
    what,
    address: `${origin}${basePath}`,
    outcome: {
      _tag: "Answered",
      skewMs: Number.isNaN(theirs) ? undefined : Math.round(theirs - halfway)
    }
  }
  return reached
})

/** Asks all of them at once, through a client. */
export const reachThrough = (
  asked: ReadonlyArray<NetworkCheck>
): Effect.Effect<ReadonlyArray<Reached>, never, UpstreamClient.UpstreamClient> =>
  Effect.forEach(asked, one, { concurrency: "unbounded" })

/** Asks all of them at once, as the environment's proxies say. */
export const reach = (
  asked: ReadonlyArray<NetworkCheck>
): Effect.Effect<ReadonlyArray<Reached>, ProxyUnusable, Environment> =>
  Effect.provide(reachThrough(asked), UpstreamClient.layer)
