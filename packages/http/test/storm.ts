/**
 * Many mixed requests at once through one gateway while a fifth of what the provider answers is a
 * fault, with five credentials: three keys and two logins whose access tokens end again and again.
 * Everything is counted where it can be seen: at the client and at the provider.
 */

import { createHash } from "node:crypto"
import { gunzipSync } from "node:zlib"
import * as AgentId from "@clawdbot/domain/Agent/AgentId"
import { defined } from "@clawdbot/domain/Document/defined"
import * as Credential from "@clawdbot/domain/Profile/Credential"
import * as ProfileId from "@clawdbot/domain/Profile/ProfileId"
import { ProfileStore } from "@clawdbot/domain/Profile/ProfileStore"
import * as Disk from "@clawdbot/node/File/Disk"
import * as UpstreamClient from "@clawdbot/node/Upstream/UpstreamClient"
import * as ResourcePinsMemory from "@clawdbot/testing/Auth/ResourcePinsMemory"
import * as CredentialsMemory from "@clawdbot/testing/CredentialsMemory"
import { TokenAuthority } from "@clawdbot/testing/OAuth/TokenEndpointMemory"
import * as Answers from "@clawdbot/testing/ScriptedAnthropic/answers"
import * as Script from "@clawdbot/testing/ScriptedAnthropic/Script"
import { make } from "@clawdbot/testing/ScriptedAnthropic/ScriptedAnthropic"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as HashMap from "effect/HashMap"
import * as Inspectable from "effect/Inspectable"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import { Pool } from "undici"
import * as Gateway from "../src/startGateway.ts"
import { clientToken, gatewayOptions } from "./world.ts"

/** What a storm came to. */
export interface Report {
  readonly requests: number
  /** Whole good answers, byte for byte what the provider made of them. */
  readonly whole: number
  /** Clients that left in the middle, on purpose. */
  readonly left: number
  /**
   * The provider's own faults that reached clients: weather twice in a row, streams that broke
   * after content.
   */
  readonly weather: number
  /** Answers that blame a credential although one was always usable. */
  readonly blamed: ReadonlyArray<string>
  /** Requests or answers with other bytes than were sent. */
  readonly altered: ReadonlyArray<string>
  /** Places where a secret was seen that has no business there. */
  readonly leaks: ReadonlyArray<string>
  /** Faults the provider played. */
  readonly faults: number
  /** Access tokens that ended, and grants that were made for them. */
  readonly expiries: number
  readonly grants: number
  readonly reuses: number
  /** Connections to the provider in all. */
  readonly connections: number
}

/** Numbers that look like chance and are the same in every run. */
const dice = (seed: number) => {
  let state = seed
  return (): number => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

const connections = 64
const tokenLife = 30
const text = "One two three four five."

/** Says nothing about any credential. */
const weather: ReadonlyArray<Script.Step> = [
  Script.internal,
  Script.overloaded,
  Script.htmlUnavailable,
  { _tag: "Silent", how: "reset" },
  { _tag: "Silent", how: "garbage" },
  { _tag: "BrokenStream", afterEvents: 0, how: "reset" },
  { _tag: "BrokenStream", afterEvents: 1, how: "end" },
  { _tag: "BrokenStream", afterEvents: 1, how: "error" },
  { _tag: "BrokenStream", afterEvents: 5, how: "reset" },
  { _tag: "BrokenStream", afterEvents: 5, how: "error" }
]

/**
 * What only the other credentials do: the steady one stays usable, so that no request may fail for
 * a credential's sake.
 */
const blame: ReadonlyArray<Script.Step> = [
  Script.rateLimited({ "retry-after": "1" }),
  Script.rateLimited({ "retry-after": "1" }),
  { _tag: "BrokenStream", afterEvents: 1, how: "error", errorType: "rate_limit_error" }
]

/** Rests a credential for long; now and then only. */
const serious: ReadonlyArray<Script.Step> = [Script.outOfCredit, Script.revoked]

const pick = <A>(list: ReadonlyArray<A>, roll: number, otherwise: A): A =>
  list[Math.floor(roll * list.length)] ?? otherwise

const digest = (bytes: Uint8Array | string): string =>
  createHash("sha256").update(bytes).digest("base64")

interface Plan {
  readonly path: string
  readonly method: "GET" | "POST"
  readonly body: string
  readonly leaves: boolean
}

/**
 * The n-th request: messages plain and streamed, counts, lists, large bodies, bytes that no
 * serialiser would write.
 */
const planOf = (index: number, roll: () => number): Plan => {
  const kind = roll()
  const filler = roll() < 0.05 ? "ü".repeat(25_000) : `hi \\u00e4 ${index}`
  const body = (stream: boolean) =>
    `{ "messages":[{"role":"user","content":"${filler}"}],\n"model":"claude-opus-4-5", ` +
    `"max_tokens" : 64.0,"stream":${stream}, "n":${index}}`
  if (kind < 0.05) return { path: "/v1/models", method: "GET", body: "", leaves: false }
  if (kind < 0.1)
    return { path: "/v1/messages/count_tokens", method: "POST", body: body(false), leaves: false }
  if (kind < 0.55) return { path: "/v1/messages", method: "POST", body: body(false), leaves: false }
  return { path: "/v1/messages?beta=true", method: "POST", body: body(true), leaves: roll() < 0.02 }
}

/** What the provider made for a request id. */
const answerFor = (requestId: string): Answers.Answer => ({
  model: "claude-opus-4-5",
  id: `msg_${requestId}`,
  text,
  blocks: ["text"]
})

const expected = (plan: Plan, requestId: string): string | undefined => {
  if (plan.path === "/v1/models") return JSON.stringify(Answers.models())
  if (plan.path.endsWith("count_tokens"))
    return JSON.stringify({ input_tokens: Buffer.byteLength(plan.body) })
  const answer = answerFor(requestId)
  return plan.path === "/v1/messages"
    ? JSON.stringify(Answers.message(answer))
    : Answers.events(answer).join("")
}

/** Runs so many requests. */
export const storm = (requests: number, seed: number) =>
  Effect.gen(function* () {
    const roll = dice(seed)
    const steady = "sk-ant-api03-steady"
    const keys = [steady, "sk-ant-api03-second", "sk-ant-api03-third"]
    let faults = 0
    const ended = new Set<string>()
    const accepts = { token: (_secret: string): boolean => false }

    const step = (secret: string): Script.Step => {
      const good = Script.ok({ gzip: roll() < 0.2 })
      if (roll() >= 0.2) return good
      faults += 1
      if (secret === steady || roll() < 0.8) return pick(weather, roll(), good)
      return keys.includes(secret) && roll() < 0.02
        ? pick(serious, roll(), good)
        : pick(blame, roll(), good)
    }
    const script =
      (secret: string): Script.Script =>
      (count, asked) => {
        if (secret.startsWith("sk-ant-oat01-") && count > tokenLife) {
          ended.add(secret)
          return Script.unauthorized
        }
        const next = step(secret)
        // Only streams can break like one; elsewhere the same fault is a reset.
        return next._tag === "BrokenStream" && !(asked.stream && asked.path === "/v1/messages")
          ? { _tag: "BrokenBody" }
          : next
      }
    const scripts = new Map<string, Script.Script>()
    const credentials = new Proxy<Record<string, Script.Script>>(
      {},
      {
        get: (_target, secret) => {
          if (typeof secret !== "string" || !(keys.includes(secret) || accepts.token(secret)))
            return undefined
          const known = scripts.get(secret) ?? script(secret)
          scripts.set(secret, known)
          return known
        }
      }
    )
    const upstream = yield* make({ credentials, text })
    const lines: Array<string> = []
    const listening = Logger.replace(
      Logger.defaultLogger,
      Logger.make(({ annotations, cause, message }) => {
        lines.push(Inspectable.toStringUnknown([message, cause, HashMap.toEntries(annotations)]))
      })
    )
    const world = CredentialsMemory.layer({
      config: JSON.stringify({
        models: { providers: { anthropic: { baseUrl: upstream.url, models: [] } } },
        auth: { payAsYouGoFallback: true }
      }),
      stores: {
        main: {
          profiles: Object.fromEntries(
            keys.map((key) => [
              `anthropic:${key.slice(13)}`,
              { type: "api_key", provider: "anthropic", key }
            ])
          )
        }
      }
    }).pipe(
      Layer.provideMerge(
        Layer.mergeAll(
          ResourcePinsMemory.layer,
          UpstreamClient.layerFrom({}),
          listening,
          Disk.layer
        )
      )
    )

    return yield* Effect.gen(function* () {
      const { families } = yield* TokenAuthority
      const profiles = yield* ProfileStore
      const issued = new Set<string>()
      accepts.token = (secret) => {
        if (families.isCurrent(secret)) issued.add(secret)
        return issued.has(secret)
      }
      // Both logins are stored as expired: the first requests all find that out at once.
      for (const name of ["one", "two"]) {
        const tokens = families.signIn(name)
        const login = Either.getOrThrow(
          Credential.decode({
            type: "oauth",
            provider: "anthropic",
            ...tokens,
            accountId: name,
            expires: 1
          })
        )
        yield* profiles.modify(AgentId.main, (document) =>
          Either.right({
            document: {
              ...document,
              profiles: new Map(document.profiles).set(ProfileId.of(`anthropic:${name}`), login)
            },
            result: undefined
          })
        )
      }
      const gateway = yield* Gateway.start({ ...gatewayOptions, drainMs: 5_000 })
      const pool = new Pool(gateway.url, { connections, pipelining: 1 })
      const counts = { whole: 0, left: 0, weather: 0 }
      const blamed: Array<string> = []
      const altered: Array<string> = []
      const leaks: Array<string> = []
      const sent = new Map<string, string>()

      const one = async (index: number): Promise<void> => {
        const plan = planOf(index, roll)
        sent.set(String(index), digest(plan.body))
        const response = await pool.request({
          path: plan.path,
          method: plan.method,
          headers: {
            "x-api-key": clientToken,
            "anthropic-version": "2023-06-01",
            "x-index": String(index),
            ...defined({ "x-clawdbot-session": index % 3 === 0 ? `s${index % 30}` : undefined })
          },
          body: plan.method === "GET" ? null : plan.body
        })
        const chunks: Array<Buffer> = []
        let broken = false
        try {
          for await (const chunk of response.body) {
            chunks.push(Buffer.from(chunk))
            if (plan.leaves) break
          }
        } catch {
          broken = true
        }
        if (plan.leaves && response.statusCode === 200) {
          counts.left += 1
          return
        }
        const raw = Buffer.concat(chunks)
        const packed = response.headers["content-encoding"] === "gzip" && !broken
        const got = packed ? gunzipSync(raw).toString("utf8") : raw.toString("utf8")
        const told = `${got}${JSON.stringify(response.headers)}`
        if (told.includes("sk-ant-") || told.includes(clientToken))
          leaks.push(`answer ${index}: ${told.slice(0, 300)}`)
        if ([401, 402, 403, 429].includes(response.statusCode))
          blamed.push(`${index}: ${response.statusCode} ${got.slice(0, 600)}`)
        else if (response.statusCode !== 200) counts.weather += 1
        else {
          const whole = expected(plan, String(response.headers["request-id"])) ?? ""
          if (got === whole) counts.whole += 1
          else if (broken && whole.startsWith(got)) counts.weather += 1
          else if (broken && got === '{"type":"message",') counts.weather += 1
          else if (
            got.includes("event: error\n") &&
            whole.startsWith(got.slice(0, got.indexOf("event: error\n")))
          )
            counts.weather += 1
          else altered.push(`answer ${index}: ${got.slice(0, 200)}`)
        }
      }
      let next = 0
      const worker = async (): Promise<void> => {
        while (next < requests) {
          next += 1
          await one(next).catch(() => {
            counts.weather += 1
          })
        }
      }
      yield* Effect.promise(() => Promise.all(Array.from({ length: connections }, worker)))
      yield* Effect.promise(() => pool.close())

      for (const seen of upstream.requests) {
        const index = String(seen.headers["x-index"])
        if (sent.get(index) !== digest(seen.body)) altered.push(`request ${index}`)
        if (JSON.stringify(seen.rawHeaders).includes(clientToken)) leaks.push(`request ${index}`)
        if (seen.headers.authorization !== undefined && seen.headers["x-api-key"] !== undefined)
          leaks.push(`request ${index}: two credentials`)
      }
      if (/sk-ant-|client-token/.test(lines.join("\n"))) leaks.push("log")
      const { grants, reuses } = families.counters()
      const report: Report = {
        requests,
        ...counts,
        blamed,
        altered,
        leaks,
        faults,
        expiries: 2 + ended.size,
        grants,
        reuses,
        connections: upstream.connections()
      }
      return report
    }).pipe(Effect.provide(world))
  }).pipe(Effect.scoped)
