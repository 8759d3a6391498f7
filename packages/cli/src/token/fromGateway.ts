/**
 * A credential from the gateway that runs on this state folder (decision D26a): it holds them ready
 * and refreshes ahead of time. Whatever is wrong with it or its socket is no failure: then the
 * stores are asked.
 *
 * By hand, and not with the client that `controlClient.ts` makes from the contract: loading that
 * takes 30 to 50 ms, a quarter of what this command takes in all, and other programs call it every
 * few minutes. What is answered is decoded by the contract's own schema.
 */

import * as http from "node:http"
import { IssuedToken } from "@clawdbot/domain/Auth/IssuedToken"
import { atFirstUse } from "@clawdbot/domain/Document/atFirstUse"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"

/**
 * A gateway that has to refresh first may take longer; the stores wait for the same refresh. In ms.
 */
const patienceMs = 2_000

/** Of an answer no more than this is read, in bytes. */
const maxAnswerBytes = 64 * 1024

/** Whose credential; without an agent the default agent's. */
export interface Wanted {
  readonly agent: string
  readonly profile?: string
}

const decode = atFirstUse(() => Schema.decodeUnknownOption(Schema.parseJson(IssuedToken)))

const post = (socketPath: string, body: string): Effect.Effect<Option.Option<string>> =>
  Effect.async((resume) => {
    const none = () => resume(Effect.succeed(Option.none()))
    const request = http.request(
      {
        socketPath,
        method: "POST",
        path: "/clawdbot/token",
        headers: { "content-type": "application/json", "content-length": Buffer.byteLength(body) }
      },
      (response) => {
        let text = ""
        response.setEncoding("utf8")
        response.on("data", (chunk: string) => {
          text += chunk
          if (text.length > maxAnswerBytes) request.destroy()
        })
        response.on("error", none)
        response.on("close", none)
        response.on("end", () =>
          resume(Effect.succeed(response.statusCode === 200 ? Option.some(text) : Option.none()))
        )
      }
    )
    request.on("error", none)
    request.end(body)
    return Effect.sync(() => request.destroy())
  })

/** What a running gateway gives, if it gives anything. */
export const fromGateway = (
  stateDir: string,
  wanted: Wanted
): Effect.Effect<Option.Option<IssuedToken>> =>
  Effect.map(
    Effect.timeoutOption(post(`${stateDir}/run/gateway.sock`, JSON.stringify(wanted)), patienceMs),
    (answered) => Option.flatMap(Option.flatten(answered), (text) => decode(text))
  )
