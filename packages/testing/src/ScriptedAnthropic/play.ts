/** Sends what a step of a script comes to over a real socket. */

import type { ServerResponse } from "node:http"
import { gzipSync } from "node:zlib"
import type { RawUsage } from "./answers.ts"
import type { Played, PlayedAnswer } from "./Played.ts"

/** What is sent to. */
export interface Sending {
  readonly response: ServerResponse
  /** Hears what the answer has told of its tokens so far; the last word counts. */
  readonly bill: (usage: RawUsage) => void
}

/** What no HTTP parser takes for an answer or for a piece of one. */
const garbage = Buffer.from([0x00, 0xff, 0x7f, ...Buffer.from("not http\r\n\r\n")])

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** Until the client has taken what was written, or is gone. */
const drained = (response: ServerResponse): Promise<void> =>
  new Promise((resolve) => {
    const done = () => {
      response.off("drain", done)
      response.off("close", done)
      resolve()
    }
    response.on("drain", done)
    response.on("close", done)
  })

/** Until all that was written before is on its way, or the client is gone. */
const flushed = (response: ServerResponse): Promise<void> =>
  new Promise((resolve) => {
    response.once("close", resolve)
    response.write("", () => resolve())
  })

/** An answer of one piece, which goes packed where its script says so. */
const wholeOf = ({ gzip, headers, status }: PlayedAnswer, data: string | Uint8Array) => {
  const bytes = gzip ? gzipSync(data) : data
  const packed = gzip && { "content-encoding": "gzip", "content-length": String(bytes.length) }
  return { status, headers: { ...headers, ...packed }, bytes }
}

const playAnswer = async (answer: PlayedAnswer, { bill, response }: Sending): Promise<void> => {
  const [first, ...others] = answer.pieces
  if (first?._tag === "Data" && others.length === 0) {
    const { bytes, headers, status } = wholeOf(answer, first.data)
    response.writeHead(status, headers)
    if (first.usage !== undefined) bill(first.usage)
    response.end(bytes)
    return
  }
  response.writeHead(answer.status, answer.headers)
  response.flushHeaders()
  for (const piece of answer.pieces) {
    if (response.destroyed) return
    switch (piece._tag) {
      case "Data":
        if (piece.usage !== undefined) bill(piece.usage)
        if (!response.write(piece.data)) await drained(response)
        break
      case "Pause":
        await pause(piece.ms)
        break
      case "Lost":
        await flushed(response)
        response.socket?.destroy()
        return
      case "Garbage":
        await flushed(response)
        response.socket?.write(garbage)
        return
      case "Silence":
        return
    }
  }
  response.end()
}

/** Plays a step. Resolves when nothing more will be written. */
export const play = async (played: Played, sending: Sending): Promise<void> => {
  const { response } = sending
  if (played.delayMs > 0) await pause(played.delayMs)
  switch (played._tag) {
    case "Answer":
      return playAnswer(played, sending)
    case "Lost":
      response.socket?.destroy()
      return
    case "Garbage":
      response.socket?.end(garbage)
      return
    case "Silence":
      return
  }
}
