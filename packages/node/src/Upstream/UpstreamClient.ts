/**
 * The HTTP client for the provider (design.md, "What a library does for us"; decisions D4, D26c):
 * undici with keep-alive connections, no redirects, proxies of the environment honoured. `dispatch`
 * hands bytes straight on; they never enter an Effect `Stream` (perf.md).
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { Agent, buildConnector, type Dispatcher, EnvHttpProxyAgent } from "undici"
import { ignoringInterim } from "./interimAnswers.ts"

/** A dispatcher that is closed with its scope. */
export class UpstreamClient extends Context.Tag("@clawdbot/node/Upstream/UpstreamClient")<
  UpstreamClient,
  Pick<Dispatcher, "dispatch">
>() {}

type Variables = Readonly<Record<string, string | undefined>>

/** How long the provider is waited for, in ms. */
export interface Patience {
  readonly connectMs: number
  /** Until the headers come: as long as a long answer takes that is not streamed. */
  readonly headersMs: number
  /** Between two bytes of an answer. In a stream a ping is due much sooner. */
  readonly silenceMs: number
}

/** Longer than every client of the provider waits itself. */
export const standardPatience: Patience = {
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
const mostConnections = 4_096

const settingsFor = ({ connectMs, headersMs, silenceMs }: Patience) => ({
  connect: ignoringInterim(buildConnector({ timeout: connectMs })),
  headersTimeout: headersMs,
  bodyTimeout: silenceMs,
  keepAliveTimeout: keepMs,
  connections: mostConnections
})

/** A variable by its lower-case name or its upper-case one, as every program reads these. */
const variable = (variables: Variables, name: string): string | undefined =>
  [variables[name], variables[name.toUpperCase()]].find(
    (value) => value !== undefined && value !== ""
  )

const checked = (name: string, value: string | undefined): Effect.Effect<string> =>
  value === undefined || (/^https?:\/\//i.test(value) && URL.canParse(value))
    ? Effect.succeed(value ?? "")
    : // A fault of the machine's set-up that nothing here can get round. The value may hold a password and is not told.
      Effect.dieMessage(
        `${name} is not a URL; set it to one such as http://proxy.example:8080, or unset it`
      )

const make = (variables: Variables, patience: Patience): Effect.Effect<Dispatcher> =>
  Effect.gen(function* () {
    const settings = settingsFor(patience)
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
export const layerFrom = (
  variables: Variables,
  patience = standardPatience
): Layer.Layer<UpstreamClient> =>
  Layer.scoped(
    UpstreamClient,
    Effect.acquireRelease(make(variables, patience), (dispatcher) =>
      Effect.promise(() => dispatcher.destroy())
    )
  )

/** The layer for this process. */
export const layer: Layer.Layer<UpstreamClient> = Layer.suspend(() => layerFrom(process.env))
