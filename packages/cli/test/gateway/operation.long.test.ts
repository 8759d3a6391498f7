/**
 * A real gateway process that is stopped, and that is given another config, while many clients are
 * at it: nobody loses a request.
 */

import * as fs from "node:fs"
import { Agent, request as httpRequest } from "node:http"
import { connect } from "node:net"
import * as Script from "@clawdbot/testing/ScriptedAnthropic/Script"
import { make, type ScriptedAnthropic } from "@clawdbot/testing/ScriptedAnthropic/ScriptedAnthropic"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { home, run } from "../clawdbot.ts"
import { gateway, type RunningGateway, writeState } from "./running.ts"

const [first, second, third] = [
  "sk-ant-api03-first",
  "sk-ant-api03-second",
  "sk-ant-api03-third"
] as const

const message = (more: Readonly<Record<string, unknown>> = {}) =>
  JSON.stringify({
    model: "claude-opus-4-5",
    max_tokens: 8,
    messages: [{ role: "user", content: "hi" }],
    ...more
  })

interface Answer {
  readonly status: number
  readonly connection: string | undefined
  readonly text: string
}

/** One request. Fails when the answer breaks off. */
const ask = (
  { token, url }: Pick<RunningGateway, "token" | "url">,
  agent: Agent,
  body: string,
  begun = () => {}
) =>
  new Promise<Answer>((resolve, reject) => {
    const asked = httpRequest(
      `${url}/v1/messages`,
      {
        method: "POST",
        agent,
        headers: {
          "x-api-key": token,
          "anthropic-version": "2023-06-01",
          "content-length": Buffer.byteLength(body)
        }
      },
      (response) => {
        begun()
        let text = ""
        response.on("data", (chunk: Buffer) => {
          text += chunk.toString()
        })
        response.on("error", reject)
        response.on("end", () =>
          response.complete
            ? resolve({
                status: response.statusCode ?? 0,
                connection: response.headers.connection,
                text
              })
            : reject(new Error("it broke off"))
        )
      }
    )
    asked.on("error", reject)
    asked.end(body)
  })

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/** Waits until something is so, generously. */
const until = async (is: () => boolean | Promise<boolean>) => {
  const end = performance.now() + 20_000
  while (!(await is())) {
    if (performance.now() > end) throw new Error("it did not come about")
    await pause(20)
  }
}

const isRefused = (url: string) =>
  new Promise<boolean>((resolve) => {
    const { hostname, port } = new URL(url)
    const socket = connect(Number(port), hostname, () => {
      socket.destroy()
      resolve(false)
    })
    socket.on("error", (error) => resolve("code" in error && error.code === "ECONNREFUSED"))
  })

const exitOf = ({ child }: RunningGateway) => {
  child.removeAllListeners("exit")
  return new Promise<readonly [number | null, string | null]>((resolve) =>
    child.once("exit", (code, signal) => resolve([code, signal]))
  )
}

const writeConfig = (
  folder: string,
  upstream: ScriptedAnthropic,
  more: Readonly<Record<string, unknown>>
) =>
  fs.writeFileSync(
    `${folder}/.clawdbot/clawdbot.json`,
    JSON.stringify({ models: { providers: { anthropic: { baseUrl: upstream.url } } }, ...more })
  )

describe("SIGTERM", () => {
  it.scopedLive(
    "during 200 open streams: all end whole, new connections are refused, what begins says " +
      "so, the ledger is complete, exit 0",
    () =>
      Effect.gen(function* () {
        const folder = yield* home
        const upstream = yield* make({
          credentials: {
            [first]: (_, { stream }) =>
              stream
                ? Script.ok({ gapMs: 500 })
                : { _tag: "Slow", delayMs: 3_000, step: Script.ok() }
          }
        })
        writeState(folder, upstream.url, [first])
        writeConfig(folder, upstream, { gateway: { drainSeconds: 60 } })
        const running = yield* gateway(folder)
        const exited = exitOf(running)
        const agent = new Agent({ keepAlive: true })
        yield* Effect.addFinalizer(() => Effect.sync(() => agent.destroy()))
        const answers = yield* Effect.promise(async () => {
          let begun = 0
          const streams = Array.from({ length: 200 }, () =>
            ask(running, agent, message({ stream: true }), () => {
              begun += 1
            })
          )
          await until(() => begun === 200)
          const late = ask(running, agent, message())
          await until(() => upstream.requests.length === 201)
          running.child.kill("SIGTERM")
          await until(() => isRefused(running.url))
          return { streams: await Promise.all(streams), late: await late }
        })
        assert.isTrue(
          answers.streams.every(
            ({ status, text }) => status === 200 && text.includes("message_stop")
          )
        )
        assert.deepStrictEqual([answers.late.status, answers.late.connection], [200, "close"])
        assert.deepStrictEqual(yield* Effect.promise(() => exited), [0, null], running.text())
        const told = JSON.parse((yield* run(folder, ["usage", "--json", "--by", "profile"])).stdout)
        const sum = (key: string) =>
          upstream.bills().reduce((total, { usage }) => {
            const value = usage[key]
            return total + (typeof value === "number" ? value : 0)
          }, 0)
        assert.deepStrictEqual(
          told.rows.map((row: Readonly<Record<string, unknown>>) => [
            row.requests,
            row.unmeasured,
            row.input,
            row.output
          ]),
          [[201, 0, sum("input_tokens"), sum("output_tokens")]]
        )
      }),
    60_000
  )

  it.scopedLive(
    "what does not end in time is cut off, told of, and makes it 143; a second signal ends " +
      "it at once",
    () =>
      Effect.gen(function* () {
        const upstream = yield* make({
          credentials: { [first]: Script.always({ _tag: "Silent", how: "hang" }) }
        })
        const stopped = (drainSeconds: number, signals: ReadonlyArray<NodeJS.Signals>) =>
          Effect.gen(function* () {
            const folder = yield* home
            writeState(folder, upstream.url, [first])
            writeConfig(folder, upstream, { gateway: { drainSeconds } })
            const running = yield* gateway(folder)
            const exited = exitOf(running)
            const agent = new Agent()
            const seen = upstream.requests.length
            const asked = ask(running, agent, message()).then(
              () => "answered",
              () => "cut off"
            )
            yield* Effect.promise(async () => {
              await until(() => upstream.requests.length > seen)
              for (const signal of signals) {
                running.child.kill(signal)
                await until(() => isRefused(running.url))
              }
            })
            assert.strictEqual(yield* Effect.promise(() => asked), "cut off")
            return { exited: yield* Effect.promise(() => exited), text: running.text() }
          })
        const late = yield* stopped(1, ["SIGTERM"])
        assert.deepStrictEqual(late.exited, [143, null], late.text)
        assert.include(late.text, "clawdbot: cut off what was still under way (requests: 1)")
        const twice = yield* stopped(60, ["SIGTERM", "SIGTERM"])
        assert.deepStrictEqual(twice.exited, [null, "SIGTERM"])
      })
  )
})

describe("a config that changes under load", () => {
  it.scopedLive(
    "another order, a new profile, a client token made and revoked: live within a second, " +
      "and no request is lost",
    () =>
      Effect.gen(function* () {
        const folder = yield* home
        const upstream = yield* make({
          credentials: {
            [first]: () => Script.ok(),
            [second]: () => Script.ok(),
            [third]: () => Script.ok()
          }
        })
        const order = (...names: ReadonlyArray<string>) =>
          writeConfig(folder, upstream, { auth: { order: { anthropic: names } } })
        writeState(folder, upstream.url, [first, second])
        order("anthropic:k0", "anthropic:k1")
        const running = yield* gateway(folder)
        const agent = new Agent({ keepAlive: true, maxSockets: 64 })
        yield* Effect.addFinalizer(() => Effect.sync(() => agent.destroy()))
        let isOver = false
        const wrong: Array<string> = []
        const clients = Array.from({ length: 64 }, async () => {
          while (!isOver) {
            await ask(running, agent, message()).then(
              ({ status, text }) => {
                if (status !== 200) wrong.push(`${status} ${text}`)
              },
              (cause: Error) => {
                wrong.push(cause.message)
              }
            )
          }
        })
        const answersLast = () => upstream.requests.at(-1)?.credential
        /**
         * How long a change takes to be live, in ms. The machine may be busy with the load itself:
         * well above the second that is promised.
         */
        const live = (change: () => void | Promise<void>, is: () => boolean | Promise<boolean>) =>
          Effect.promise(async () => {
            await change()
            const begun = performance.now()
            await until(is)
            assert.isBelow(performance.now() - begun, 5_000)
          })
        yield* Effect.promise(() => until(() => answersLast() === first))
        yield* live(
          () => order("anthropic:k1", "anthropic:k0"),
          () => answersLast() === second
        )
        yield* live(
          () => {
            writeState(folder, upstream.url, [first, second, third])
            order("anthropic:k2", "anthropic:k1", "anthropic:k0")
          },
          () => answersLast() === third
        )
        const made = (yield* run(folder, ["gateway", "token", "add", "laptop"])).stdout.trim()
        const status = async () =>
          (await ask({ url: running.url, token: made }, new Agent(), message())).status
        yield* live(
          () => undefined,
          async () => (await status()) === 200
        )
        assert.strictEqual((yield* run(folder, ["gateway", "token", "revoke", "laptop"])).status, 0)
        yield* live(
          () => undefined,
          async () => (await status()) === 401
        )
        isOver = true
        yield* Effect.promise(() => Promise.all(clients))
        assert.deepStrictEqual(wrong, [])
        assert.isAbove(upstream.requests.length, 500)
      }),
    60_000
  )
})
