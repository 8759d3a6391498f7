/** One request whose answer is read whole, up to a limit: for what is small and seldom asked. */
import * as Effect from "effect/Effect"
import type { Dispatcher } from "undici"

/** What came back; `header` takes a name in lower case. */
export interface WholeAnswer {
  readonly status: number
  readonly header: (name: string) => string | undefined
  readonly body: string
}

/**
 * Sends it; no redirect is followed. Of the answer no more than about `maxBytes` are read.
 * Interruption ends the request. Fails with what undici says.
 */
export const wholeAnswer = (
  client: Pick<Dispatcher, "dispatch">,
  request: Dispatcher.DispatchOptions,
  maxBytes: number
): Effect.Effect<WholeAnswer, unknown> =>
  Effect.async((resume, signal) => {
    const chunks: Array<Buffer> = []
    let size = 0
    let status = 0
    let header: WholeAnswer["header"] = () => undefined
    const done = () =>
      resume(Effect.succeed({ status, header, body: Buffer.concat(chunks).toString("utf8") }))
    client.dispatch(request, {
      onRequestStart: (controller) => {
        signal.addEventListener("abort", () => controller.abort(new Error("the time is up")))
      },
      onResponseStart: (_controller, statusCode, answered) => {
        status = statusCode
        header = (name) => {
          const value = answered[name]
          if (typeof value === "string") return value
          return value?.[0]
        }
      },
      onResponseData: (controller, chunk) => {
        size += chunk.length
        chunks.push(chunk)
        if (size <= maxBytes) return
        controller.pause()
        done()
      },
      onResponseEnd: done,
      onResponseError: (_controller, cause) => resume(Effect.fail(cause))
    })
  })
