/** Playing one step of a script over a real socket. */

import type { ServerResponse } from "node:http"
import { gzipSync } from "node:zlib"
import { defined } from "@clawdbot/domain/Document/defined"
import * as Answers from "./answers.ts"
import type { BrokenStreamStep, OkStep, Step } from "./Script.ts"
import type { MadeState } from "./Workspaces.ts"

/** What a step is played to. */
export interface Sending {
  readonly response: ServerResponse
  readonly requestId: string
  readonly model: string
  readonly stream: boolean
  /** The text of a good answer, where the step names none. */
  readonly text: string
  /** What a good answer with an id leaves behind in the credential's workspace. */
  readonly made: (messageId: string, refused: boolean) => MadeState
  /** Hears what the answer has told of its tokens so far; the last word counts. */
  readonly bill: (usage: Answers.RawUsage) => void
}

/** What no HTTP parser takes for an answer or for a piece of one. */
const garbage = Buffer.from([0x00, 0xff, 0x7f, ...Buffer.from("not http\r\n\r\n")])

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

const common = (requestId: string) => ({
  "request-id": requestId,
  "anthropic-organization-id": "org_scripted"
})

const streamHeaders = (requestId: string) => ({
  "content-type": "text/event-stream; charset=utf-8",
  "cache-control": "no-cache",
  ...common(requestId)
})

const answerOf = (
  { made, model, requestId, text }: Sending,
  step: Partial<OkStep>
): Answers.Answer => ({
  model,
  id: `msg_${requestId}`,
  ...made(`msg_${requestId}`, step.refuses === true),
  text: step.text ?? text,
  blocks: step.blocks ?? ["text"],
  ...defined({ tool: step.tool, usage: step.usage })
})

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

const playOk = async (step: OkStep, sending: Sending): Promise<void> => {
  const { requestId, response } = sending
  const answer = answerOf(sending, step)
  if (!sending.stream) {
    const body = JSON.stringify(Answers.message(answer))
    const bytes = step.gzip === true ? gzipSync(body) : Buffer.from(body)
    response.writeHead(200, {
      "content-type": "application/json",
      ...defined({ "content-encoding": step.gzip === true ? "gzip" : undefined }),
      "content-length": bytes.length,
      ...common(requestId),
      ...step.headers
    })
    sending.bill(Answers.wholeUsage(answer))
    response.end(bytes)
    return
  }
  response.writeHead(200, { ...streamHeaders(requestId), ...step.headers })
  response.flushHeaders()
  const events = Answers.events(answer)
  for (const [index, event] of events.entries()) {
    if (response.destroyed) return
    if (index === 0) sending.bill(Answers.startUsage(answer))
    if (index === events.length - 2) sending.bill(Answers.wholeUsage(answer))
    if (!response.write(event)) await drained(response)
    if (step.gapMs !== undefined) await pause(step.gapMs)
  }
  response.end()
}

const playBroken = async (step: BrokenStreamStep, sending: Sending): Promise<void> => {
  const { requestId, response } = sending
  response.writeHead(200, streamHeaders(requestId))
  response.flushHeaders()
  const answer = answerOf(sending, {})
  const sent = Answers.events(answer).slice(0, step.afterEvents)
  if (sent.length > 0) sending.bill(Answers.startUsage(answer))
  for (const event of sent) await new Promise((resolve) => response.write(event, resolve))
  switch (step.how) {
    case "reset":
      response.socket?.destroy()
      return
    case "end":
      response.end()
      return
    case "error":
      response.end(Answers.errorEvent(step.errorType ?? "overloaded_error"))
      return
    case "garbage":
      response.socket?.write(garbage)
      return
    case "stall":
      return
  }
}

/** Plays a step. Resolves when nothing more will be written. */
export const play = async (step: Step, sending: Sending): Promise<void> => {
  const { requestId, response } = sending
  switch (step._tag) {
    case "Slow":
      await pause(step.delayMs)
      return play(step.step, sending)
    case "Silent":
      if (step.how === "reset") response.socket?.destroy()
      if (step.how === "garbage") response.socket?.end(garbage)
      return
    case "Error": {
      const body =
        step.body ??
        Answers.envelope(step.type ?? "api_error", step.message ?? "", requestId, step.code)
      response.writeHead(step.status, {
        "content-type": "application/json",
        ...(step.isWall === true ? undefined : common(requestId)),
        ...step.headers
      })
      response.end(body)
      return
    }
    case "Ok":
      return playOk(step, sending)
    case "BrokenStream":
      return playBroken(step, sending)
    case "BrokenBody":
      response.writeHead(200, {
        "content-type": "application/json",
        "content-length": 1_000,
        ...common(requestId)
      })
      response.write('{"type":"message",', () => response.socket?.destroy())
      return
  }
}
