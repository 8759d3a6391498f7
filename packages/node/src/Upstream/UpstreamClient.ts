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

type Variables = Readonly<Record<string, string | undefined>>

/** Times in ms. Headers may take as long as a long answer that is not streamed; between bytes of a stream a ping is due much sooner. */
const times = { connect: { timeout: 10_000 }, headersTimeout: 600_000, bodyTimeout: 330_000, keepAliveTimeout: 30_000 }

/** Connections to one origin. Every open stream has its own, so this is no less than the requests a gateway takes at a time. */
const mostConnections = 4_096

const settings = { ...times, connections: mostConnections }

/** A variable by its lower-case name or its upper-case one, as every program reads these. */
const variable = (variables: Variables, name: string): string | undefined =>
  [variables[name], variables[name.toUpperCase()]].find((value) => value !== undefined && value !== "")

const checked = (name: string, value: string | undefined): Effect.Effect<string> =>
  value === undefined || (/^https?:\/\//i.test(value) && URL.canParse(value))
    ? Effect.succeed(value ?? "")
    : // A fault of the machine's set-up that nothing here can get round. The value may hold a password and is not told.
      Effect.dieMessage(`${name} is not a URL; set it to one such as http://proxy.example:8080, or unset it`)

const make = (variables: Variables): Effect.Effect<Dispatcher> =>
  Effect.gen(function* () {
    const httpProxy = yield* checked("HTTP_PROXY", variable(variables, "http_proxy"))
    const httpsProxy = yield* checked("HTTPS_PROXY", variable(variables, "https_proxy"))
    // Without a proxy the plain agent: it is faster.
    if (httpProxy === "" && httpsProxy === "") return new Agent(settings)
    return new EnvHttpProxyAgent({
      ...settings,
      httpProxy,
      httpsProxy,
      noProxy: variable(variables, "no_proxy") ?? ""
    })
  })

/** The layer for given variables: `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` in either case. */
export const layerFrom = (variables: Variables): Layer.Layer<UpstreamClient> =>
  Layer.scoped(
    UpstreamClient,
    Effect.acquireRelease(make(variables), (dispatcher) => Effect.promise(() => dispatcher.destroy()))
  )

/** The layer for this process. */
export const layer: Layer.Layer<UpstreamClient> = Layer.suspend(() => layerFrom(process.env))
