/** A client that is gone holds nothing: not its connections, not its requests. */

import { subscribe, unsubscribe } from "node:diagnostics_channel"
import type { Socket } from "node:net"
import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import * as Script from "@clawdbot/testing/ScriptedAnthropic/Script"
import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { clientToken, dial, keys, onTheWire, type Started, until, withGateway } from "./world.ts"

const collectGarbage = (): void => {
  setFlagsFromString("--expose-gc")
  const gc: unknown = runInNewContext("gc")
  if (typeof gc === "function") gc()
}

/** What a client sends before it waits for bytes of an answer, or for none where there are none. */
interface Visit {
  readonly sends: (started: Started) => string
  readonly isAnswered?: boolean
}

const half = (options: Parameters<typeof onTheWire>[1]) => (started: Started) => {
  const whole = onTheWire(started, options)
  return whole.slice(0, -10)
}
const inChunks = (headers: Readonly<Record<string, string>>, chunk: string) => (started: Started) =>
  `POST /v1/messages HTTP/1.1\r\nhost: 127.0.0.1:${started.gateway.port}\r\n` +
  Object.entries({ "anthropic-version": "2023-06-01", ...headers })
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join("") +
  `transfer-encoding: chunked\r\n\r\n${chunk}`

const visits: Readonly<Record<string, Visit>> = {
  "half a body": { sends: half({}), isAnswered: false },
  "half a body without a token": { sends: half({ headers: { "x-api-key": "" } }) },
  "half a body with a wrong token": { sends: half({ headers: { "x-api-key": "wrong" } }) },
  "a body that is too large": {
    sends: half({ headers: { "content-length": String(2 ** 40) } })
  },
  "half a body for a path that nobody knows": { sends: half({ path: "/nowhere" }) },
  "half a body in chunks without a token": { sends: inChunks({}, '5\r\n{"a":\r\n') },
  "a chunk that is none": {
    sends: inChunks({ "x-api-key": clientToken }, '5\r\n{"a":\r\nnone\r\n')
  },
  "a body that is not JSON": { sends: (started) => onTheWire(started, { body: "no" }) },
  "half a second request": {
    sends: (started) => onTheWire(started) + onTheWire(started).slice(0, -10)
  },
  "ten requests in one go": { sends: (started) => onTheWire(started).repeat(10) },
  "a stream that goes on": { sends: (started) => onTheWire(started) }
}

it.scopedLive("nothing of a client's requests is kept when it has left, however it does", () =>
  withGateway(
    {
      script: { ka: () => Script.ok({ text: "word ".repeat(20), gapMs: 5 }) },
      stores: keys("ka")
    },
    (started) =>
      Effect.promise(async () => {
        const ways: ReadonlyArray<(socket: Socket) => unknown> = [
          (socket) => socket.destroy(),
          (socket) => socket.resetAndDestroy()
        ]
        const kept = new Map<string, Array<WeakRef<object>>>()
        let visit = ""
        const onRequest = (message: unknown): void => {
          if (typeof message !== "object" || message === null) return
          const { request, server } = message as { request: { socket: Socket }; server: unknown }
          if (request.socket.localPort !== started.gateway.port) return
          assert.isDefined(server)
          kept.set(visit, [
            ...(kept.get(visit) ?? []),
            new WeakRef(request),
            new WeakRef(request.socket)
          ])
        }
        subscribe("http.server.request.start", onRequest)
        try {
          for (const [name, { sends, isAnswered = true }] of Object.entries(visits))
            for (const leave of ways) {
              visit = name
              const before = kept.get(name)?.length ?? 0
              const socket = await dial(started)
              socket.on("error", () => undefined)
              const answer = new Promise((resolve) => socket.once("data", resolve))
              socket.write(sends(started))
              if (isAnswered) await answer
              await until(() => (kept.get(name)?.length ?? 0) > before)
              leave(socket)
            }
        } finally {
          unsubscribe("http.server.request.start", onRequest)
        }
        const left = (): ReadonlyArray<string> =>
          [...kept]
            .filter(([, held]) => held.some((one) => one.deref() !== undefined))
            .map(([name]) => name)
        // What was looked at is held until the turn is over, so each turn collects before it looks.
        await until(() => {
          collectGarbage()
          return left().length === 0
        }).catch(() => undefined)
        assert.deepStrictEqual(left(), [])
        assert.sameMembers([...kept.keys()], Object.keys(visits))
      })
  )
)
