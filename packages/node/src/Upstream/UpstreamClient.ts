/**
 * The HTTP client for the provider (docs/architecture.md; decisions D4, D26c):
 * undici with keep-alive connections, no redirects, proxies of the environment honoured. `dispatch`
 * hands bytes straight on; they never enter an Effect `Stream` (docs/performance.md).
 */
import { Environment, trustedValues } from "@clawdbot/domain/Environment/Environment"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { Agent, buildConnector, type Dispatcher } from "undici"
import { ignoringInterim } from "./interimAnswers.ts"
import type { ProxyUnusable } from "./ProxyUnusable.ts"
import { throughProxies } from "./proxyConnector.ts"
import type { Variables } from "./proxySettings.ts"
import * as ProxySettings from "./proxySettings.ts"

/** A dispatcher that is closed with its scope. */
export class UpstreamClient extends Context.Tag("@clawdbot/node/Upstream/UpstreamClient")<
  UpstreamClient,
  Pick<Dispatcher, "dispatch">
>() {}

/** How long the provider is waited for, in ms. */
export interface Timeouts {
  readonly connectMs: number
  /** Until the headers come: as long as a long answer takes that is not streamed. */
  readonly headersMs: number
  /** Between two bytes of an answer. In a stream a ping is due much sooner. */
  readonly silenceMs: number
}

/** Longer than every client of the provider waits itself. */
export const standardTimeouts: Timeouts = {
  connectMs: 10_000,
  headersMs: 600_000,
  silenceMs: 330_000
}

/**
 * How long an idle connection is kept, in ms: shorter than servers keep theirs, so that they rarely
 * close one that is about to be used.
 */
const keepMs = 30_000

/**
 * Connections to one origin. Every open stream has its own, so this is no less than the requests a
 * gateway takes at a time.
 */
const maxConnections = 16_384

const settingsFor = ({ headersMs, silenceMs }: Timeouts) => ({
  headersTimeout: headersMs,
  bodyTimeout: silenceMs,
  keepAliveTimeout: keepMs,
  connections: maxConnections
})

const make = (variables: Variables, timeouts: Timeouts): Effect.Effect<Dispatcher, ProxyUnusable> =>
  Effect.map(ProxySettings.fromVariables(variables), (proxyFor) => {
    const settings = settingsFor(timeouts)
    // The bundled command holds nothing of undici's HTTP/2 (scripts/leftOut.mjs).
    const direct = buildConnector({ timeout: timeouts.connectMs, allowH2: false })
    const connect =
      proxyFor === undefined ? direct : throughProxies(proxyFor, timeouts.connectMs, direct)
    return new Agent({ ...settings, connect: ignoringInterim(connect) })
  })

const open = (variables: Variables, timeouts: Timeouts) =>
  Effect.acquireRelease(make(variables, timeouts), (dispatcher) =>
    Effect.promise(() => dispatcher.destroy())
  )

/** The layer for given variables. */
export const layerFrom = (
  variables: Variables,
  timeouts = standardTimeouts
): Layer.Layer<UpstreamClient, ProxyUnusable> =>
  Layer.scoped(UpstreamClient, open(variables, timeouts))

/** For this process: the proxies of its variables and of the state folder's `.env`. */
export const ofProcess = Effect.gen(function* () {
  const { base } = yield* Environment
  return yield* open(trustedValues(yield* base), standardTimeouts)
})

/** The layer of {@link ofProcess}. */
export const layer: Layer.Layer<UpstreamClient, ProxyUnusable, Environment> = Layer.scoped(
  UpstreamClient,
  ofProcess
)
