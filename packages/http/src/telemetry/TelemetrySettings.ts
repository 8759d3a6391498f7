/**
 * Where traces and metrics go: by `gateway.otel` of the config, else by the variables that every
 * program of OpenTelemetry reads. Off where neither names a collector. Pure.
 */
import type { Config } from "@clawdbot/domain/Config/Config"
import { taggedError } from "@clawdbot/domain/Document/taggedError"
import {
  type EffectiveEnvironment,
  isTrusted,
  lookup
} from "@clawdbot/domain/Environment/Environment"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"

/** What the exporter needs. */
export interface TelemetrySettings {
  /** Undefined where traces are not wanted. */
  readonly tracesUrl: string | undefined
  /** Undefined where metrics are not wanted. */
  readonly metricsUrl: string | undefined
  readonly headers: Readonly<Record<string, Redacted.Redacted>>
  readonly serviceName: string
  /** Further attributes of the process that is observed. */
  readonly resource: Readonly<Record<string, string>>
  /** How often metrics are sent, in ms. */
  readonly metricsEveryMs: number
}

/** A setting that cannot be used: nothing is exported, and the gateway serves all the same. */
export class TelemetryUnusable extends taggedError<TelemetryUnusable>()(
  "TelemetryUnusable",
  () => ({
    /** The key of the config or the variable. */
    setting: Schema.String,
    problem: Schema.String,
    cure: Schema.String
  })
) {
  override get message() {
    return (
      `no traces and metrics are exported: ${this.setting} ${this.problem}; ${this.cure}, ` +
      "or turn it off: clawdbot config set gateway.otel.enabled false"
    )
  }
}

const endpointVariable = "OTEL_EXPORTER_OTLP_ENDPOINT"
const standardMetricsEveryMs = 60_000

type Read = (name: string) => string | undefined

/** What a person set. A `.env` of the working folder must not say where requests are reported. */
const readerOf =
  (environment: EffectiveEnvironment): Read =>
  (name) =>
    lookup(environment, name).pipe(
      Option.filter(isTrusted),
      Option.map(({ value }) => Redacted.value(value)),
      Option.getOrUndefined
    )

/** A text such as `a=1,b=two%20words`, as the variables have it. */
const pairs = (text: string | undefined): ReadonlyArray<readonly [string, string]> =>
  (text ?? "").split(",").flatMap((part) => {
    const at = part.indexOf("=")
    if (at <= 0) return []
    const value = part.slice(at + 1).trim()
    return [[part.slice(0, at).trim(), decoded(value)] as const]
  })

const decoded = (text: string): string => {
  // A value that is not percent-encoded as it should be stands for itself.
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** An address and what set it. */
interface Address {
  readonly setting: string
  readonly url: string
}

const unusableAddress = ({ setting }: Address): TelemetryUnusable =>
  new TelemetryUnusable({
    setting,
    problem: "is no address of a collector",
    cure: "set it to one such as http://127.0.0.1:4318"
  })

const checked = (address: Address): Either.Either<string, TelemetryUnusable> => {
  const { url } = address
  if (!URL.canParse(url)) return Either.left(unusableAddress(address))
  const { password, protocol, username } = new URL(url)
  const isHttp = protocol === "http:" || protocol === "https:"
  if (!isHttp || username !== "" || password !== "") return Either.left(unusableAddress(address))
  return Either.right(url)
}

const below = ({ setting, url }: Address, path: string): Address => ({
  setting,
  url: `${url.replace(/\/+$/, "")}${path}`
})

/** Where the config or the variables send a signal; nothing where they do not name any place. */
const addressOf = (
  config: Config,
  read: Read,
  signal: "TRACES" | "METRICS",
  path: string
): Address | undefined => {
  const configured = config.gateway?.otel?.endpoint
  if (configured !== undefined)
    return below({ setting: "gateway.otel.endpoint", url: configured }, path)
  if (read(`OTEL_${signal}_EXPORTER`)?.toLowerCase() === "none") return undefined
  const own = `OTEL_EXPORTER_OTLP_${signal}_ENDPOINT`
  const ownUrl = read(own)
  if (ownUrl !== undefined) return { setting: own, url: ownUrl }
  const url = read(endpointVariable)
  if (url === undefined) return undefined
  return below({ setting: endpointVariable, url }, path)
}

/** Other programs of the same environment may speak a protocol that this one does not. */
const protocolProblem = (config: Config, read: Read): TelemetryUnusable | undefined => {
  const protocol = read("OTEL_EXPORTER_OTLP_PROTOCOL")
  if (protocol !== "grpc" || config.gateway?.otel?.endpoint !== undefined) return undefined
  return new TelemetryUnusable({
    setting: "OTEL_EXPORTER_OTLP_PROTOCOL",
    problem: "is grpc, and this gateway sends JSON over HTTP",
    cure:
      "name the collector's HTTP port, which is often 4318: " +
      "clawdbot config set gateway.otel.endpoint http://127.0.0.1:4318"
  })
}

const isOff = (config: Config, read: Read): boolean =>
  config.gateway?.otel?.enabled === false || read("OTEL_SDK_DISABLED")?.toLowerCase() === "true"

const headersOf = (config: Config, read: Read): TelemetrySettings["headers"] => {
  const own = config.gateway?.otel
  if (own?.headers !== undefined) return own.headers
  // The variables' headers are for the variables' collector.
  if (own?.endpoint !== undefined) return {}
  return Object.fromEntries(
    pairs(read("OTEL_EXPORTER_OTLP_HEADERS")).map(([name, value]) => [name, Redacted.make(value)])
  )
}

const intervalOf = (read: Read): number => {
  const ms = Number(read("OTEL_METRIC_EXPORT_INTERVAL"))
  if (Number.isInteger(ms) && ms >= 1_000 && ms <= 3_600_000) return ms
  return standardMetricsEveryMs
}

/** The settings; undefined where nothing is to be exported. */
export const settingsOf = (
  config: Config,
  environment: EffectiveEnvironment
): Either.Either<TelemetrySettings | undefined, TelemetryUnusable> =>
  Either.gen(function* () {
    const read = readerOf(environment)
    if (isOff(config, read)) return undefined
    const traces = addressOf(config, read, "TRACES", "/v1/traces")
    const metrics = addressOf(config, read, "METRICS", "/v1/metrics")
    if (traces === undefined && metrics === undefined) return undefined
    const problem = protocolProblem(config, read)
    if (problem !== undefined) return yield* Either.left(problem)
    const resource = Object.fromEntries(pairs(read("OTEL_RESOURCE_ATTRIBUTES")))
    return {
      tracesUrl: traces && (yield* checked(traces)),
      metricsUrl: metrics && (yield* checked(metrics)),
      headers: headersOf(config, read),
      serviceName: read("OTEL_SERVICE_NAME") ?? resource["service.name"] ?? "clawdbot",
      resource,
      metricsEveryMs: intervalOf(read)
    }
  })
