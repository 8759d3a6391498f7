/**
 * The HTTP client for the provider (design.md, "What a library does for us"; decisions D4, D26c): undici with keep-alive connections, no
 * redirects, proxies of the environment honoured. `dispatch` hands bytes straight on; they never enter an Effect `Stream` (perf.md).
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { Agent, type Dispatcher, EnvHttpProxyAgent } from "undici"

/** A dispatcher that is closed with its scope. */
export class UpstreamClient extends Context.Tag("@clawdbot/node/Upstream/UpstreamClient")<
  UpstreamClient,
  Pick<Dispatcher, "dispatch">
>() {}

/** Times in ms. Headers may take as long as a long answer that is not streamed; between bytes of a stream a ping is due much sooner. */
const times = { connect: { timeout: 10_000 }, headersTimeout: 600_000, bodyTimeout: 330_000, keepAliveTimeout: 30_000 }

const proxied = (): boolean =>
  ["https_proxy", "HTTPS_PROXY", "http_proxy", "HTTP_PROXY"].some((name) => (process.env[name] ?? "") !== "")

/** The layer. A proxy is only set up when the environment names one: the plain agent is faster. */
export const layer: Layer.Layer<UpstreamClient> = Layer.scoped(
  UpstreamClient,
  Effect.acquireRelease(
    Effect.sync(
      (): Dispatcher =>
        proxied() ? new EnvHttpProxyAgent({ ...times, connections: 256 }) : new Agent({ ...times, connections: 256 })
    ),
    (dispatcher) => Effect.promise(() => dispatcher.destroy())
  )
)
