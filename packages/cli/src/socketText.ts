/**
 * One question to the gateway that runs on this state folder, over its socket, by hand: loading the
 * client that `gateway/controlClient.ts` makes from the contract takes 30 to 50 ms, too long for
 * commands that other programs call every few minutes. Whatever is wrong with the gateway or its
 * socket is no failure: then there is no answer.
 */
import { existsSync } from "node:fs"
import { request as send } from "node:http"
import { defined } from "@clawdbot/domain/Document/defined"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"

/** A question below `/clawdbot/`. */
export interface SocketQuestion {
  readonly method: "GET" | "POST"
  /** With its query. */
  readonly path: string
  /** JSON. */
  readonly body?: string
  /** Of an answer no more than this is read, in bytes. */
  readonly maxAnswerBytes: number
  /** How long the answer is waited for, in ms. */
  readonly maxWaitMs: number
}

const asked = (
  socketPath: string,
  { body, maxAnswerBytes, method, path }: SocketQuestion
): Effect.Effect<Option.Option<string>> =>
  Effect.async((resume) => {
    const none = () => resume(Effect.succeed(Option.none()))
    const request = send(
      {
        socketPath,
        method,
        path: `/clawdbot/${path}`,
        headers: defined({
          "content-type": body === undefined ? undefined : "application/json",
          "content-length": body === undefined ? undefined : Buffer.byteLength(body)
        })
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

/** What a running gateway answers with 200, if it answers anything. */
export const socketText = (
  stateDir: string,
  question: SocketQuestion
): Effect.Effect<Option.Option<string>> => {
  const socketPath = `${stateDir}/run/gateway.sock`
  // Where there is none, Node's client is not loaded to find that out.
  const answer = Effect.suspend(() =>
    existsSync(socketPath) ? asked(socketPath, question) : Effect.succeedNone
  )
  return Effect.map(Effect.timeoutOption(answer, question.maxWaitMs), Option.flatten)
}
