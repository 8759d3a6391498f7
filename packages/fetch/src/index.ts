/**
 * A `fetch` that has Claude credentials, for programs without Effect: `@anthropic-ai/sdk`, the AI
 * SDK, LangChain and everything else that takes a `fetch`.
 *
 * @since 0.1.0
 */
import * as KeyCredentials from "@clawdbot/domain/Auth/keyCredentials"
import type { Credential } from "@clawdbot/domain/Credential"
import { Credentials, type Request as Wanted } from "@clawdbot/domain/Credentials"
import * as Cause from "effect/Cause"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as Redacted from "effect/Redacted"
import { beforeExit } from "./internal/beforeExit.ts"
import { exchange, type Send } from "./internal/exchange.ts"
import { keepAlive, quietClock } from "./internal/quietClock.ts"

/**
 * Whose credentials, and how requests are sent.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** The state folder. Default: `CLAWDBOT_STATE_DIR`, else `~/.clawdbot`. */
  readonly stateDir?: string | undefined
  /** Whose credentials. Default: the default agent of the config. */
  readonly agent?: string | undefined
  /**
   * Keys of a secret store of one's own, by name: then no file is read. One that is undefined or
   * empty, such as a variable that is not set, is named where no other one can answer.
   */
  readonly keys?: Readonly<Record<string, string | undefined>> | undefined
  /** The order in which `keys` are used. */
  readonly order?: ReadonlyArray<string> | undefined
  /** Whether API keys among `keys` are used beside setup tokens, which belong to a subscription. */
  readonly payAsYouGoFallback?: boolean | undefined
  /** Another address than the provider's for `keys`, without `/v1`. */
  readonly baseUrl?: string | undefined
  /** What sends. Default: the global `fetch`. */
  readonly fetch?: typeof globalThis.fetch | undefined
}

/**
 * Who would answer now.
 *
 * @since 0.1.0
 * @category models
 */
export interface Explanation {
  /** The profile that would answer. */
  readonly chosen?: string | undefined
  /** Epoch ms at which the next one that is cooling down comes back. */
  readonly nextAt?: number | undefined
}

/**
 * A request as the middleware of `@anthropic-ai/sdk` gets it.
 *
 * @since 0.1.0
 * @category models
 */
export interface MiddlewareRequest extends RequestInit {
  url: string
}

/**
 * Credentials for requests of a program.
 *
 * @since 0.1.0
 * @category models
 */
export interface Claude extends AsyncDisposable {
  /** For the option `fetch` of a client. Its own API key does not matter, and is never sent. */
  readonly fetch: typeof globalThis.fetch
  /**
   * For the option `credentials` of `@anthropic-ai/sdk`: a setup token or the token of a login,
   * with the end of its life in epoch seconds. An API key is none: use `fetch`.
   */
  readonly accessToken: (options?: {
    readonly forceRefresh?: boolean
  }) => Promise<{ readonly token: string; readonly expiresAt: number | null }>
  /** For the option `middleware` of `@anthropic-ai/sdk`. */
  readonly middleware: <R extends MiddlewareRequest>(
    request: R,
    next: (request: R) => Promise<Response>
  ) => Promise<Response>
  /** Who would answer now; nothing is sent. */
  readonly explain: () => Promise<Explanation>
}

const layerOf = async (options: Options): Promise<Layer.Layer<Credentials, unknown>> => {
  const { baseUrl, keys, order, payAsYouGoFallback, stateDir } = options
  if (keys !== undefined) {
    const secrets = Object.entries(keys).map(
      ([name, key = ""]) => [name, Redacted.make(key)] as const
    )
    return KeyCredentials.layer(Object.fromEntries(secrets), { baseUrl, order, payAsYouGoFallback })
  }
  // Where keys are given, no file is touched: this is not even loaded.
  const MachineCredentials = await import("@clawdbot/node/MachineCredentials")
  return MachineCredentials.layer({ stateDir })
}

/** How long a token is kept by whoever asks for it, in ms: SDKs renew one two minutes early. */
const keptMs = 180_000

/** The credential that answers next is no token: an SDK would send it in the wrong header. */
class NoAccessToken extends Data.TaggedError("NoAccessToken")<{ readonly message: string }> {}

/** They are used after their end. */
class Disposed extends Data.TaggedError("Disposed")<{ readonly message: string }> {}

/** A token for a program that sends it by itself; `refused` is one that the provider refused. */
const tokenOf = (
  credentials: typeof Credentials.Service,
  wanted: Wanted,
  refused: Credential | undefined
) =>
  Effect.gen(function* () {
    if (refused !== undefined)
      yield* refused.report({ status: 401, headers: { "request-id": "none" } })
    const credential = yield* credentials.get({ ...wanted, validFor: keptMs })
    if (credential.kind === "api_key")
      return yield* new NoAccessToken({
        message:
          `${credential.profile} is an API key, which is no access token; ` +
          "give the client the option fetch instead"
      })
    return credential
  })

/**
 * Takes the credentials of this machine, or the keys that are given.
 *
 * @since 0.1.0
 * @category constructors
 * @example
 * import { make } from "@clawdbot/fetch"
 *
 * export const ask = async () => {
 *   const claude = await make()
 *   const response = await claude.fetch("https://api.anthropic.com/v1/models", {
 *     headers: { "anthropic-version": "2023-06-01" }
 *   })
 *   return response.status
 * }
 */
export const make = async (options: Options = {}): Promise<Claude> => {
  const clock = Layer.setClock(quietClock)
  const runtime = ManagedRuntime.make(Layer.provideMerge(await layerOf(options), clock))
  let isOpen = true
  const run = <A, E>(effect: Effect.Effect<A, E, Credentials>, signal?: AbortSignal): Promise<A> =>
    keepAlive(async () => {
      if (!isOpen) throw new Disposed({ message: "these credentials were disposed of" })
      const exit = await runtime.runPromiseExit(effect, signal === undefined ? {} : { signal })
      if (Exit.isSuccess(exit)) return exit.value
      throw Cause.squash(exit.cause)
    })
  const dispose = async (): Promise<void> => {
    if (!isOpen) return
    isOpen = false
    forget()
    await keepAlive(() => runtime.dispose())
  }
  // What was learned in the last moment is written before the program ends.
  const forget = beforeExit(dispose)
  const credentials = await run(Credentials).catch(async (error: unknown) => {
    await dispose()
    throw error
  })
  const wanted: Wanted = { agent: options.agent }
  let issued: Credential | undefined

  const through = async (request: Request, send: Send): Promise<Response> => {
    request.signal.throwIfAborted()
    return run(exchange(credentials, request, wanted, send), request.signal).catch(
      (error: unknown) => {
        // The reason of whoever gave it up, as `fetch` gives it.
        request.signal.throwIfAborted()
        throw error
      }
    )
  }

  return {
    // Async, so that whatever is wrong with a request rejects, as `fetch` does.
    fetch: async (input, init) => {
      const { body: _body, ...rest } = init ?? {}
      const send: Send = ({ body, headers, method, url }, signal) =>
        (options.fetch ?? globalThis.fetch)(url, {
          ...rest,
          method,
          headers,
          body: body ?? null,
          redirect: "manual",
          signal
        })
      return through(new Request(input, init), send)
    },
    middleware: async (request, next) => {
      const { url, ...init }: MiddlewareRequest = request
      const send: Send = ({ body, headers, method, url }, signal) =>
        next({
          ...request,
          url,
          method,
          headers: new Headers(headers),
          body: body ?? null,
          redirect: "manual",
          signal
        })
      return through(new Request(url, init), send)
    },
    accessToken: async ({ forceRefresh = false } = {}) => {
      const refused = forceRefresh ? issued : undefined
      const credential = await run(tokenOf(credentials, wanted, refused))
      issued = credential
      const { expiresAt, secret } = credential
      return {
        token: Redacted.value(secret),
        expiresAt: expiresAt === undefined ? null : Math.floor(expiresAt / 1000)
      }
    },
    explain: async () => {
      const { chosen, nextAt } = await run(credentials.explain(wanted))
      return { chosen, nextAt }
    },
    [Symbol.asyncDispose]: dispose
  }
}
