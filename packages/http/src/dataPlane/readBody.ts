/** A request's body as one buffer, with a limit (design.md, guarantee 10). Chunks are joined once, whatever the size. */
import type { IncomingMessage } from "node:http"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"

/** The provider's own limit for messages is 32 MB (anthropic-protocol.md §5); batches and files may be larger there, not here. */
export const largestBody = 32 * 1024 * 1024

/** The body is larger than the limit. */
export class BodyTooLarge extends Data.TaggedError("BodyTooLarge")<{ readonly limit: number }> {}

/** The client went away before its body was whole. */
export class BodyIncomplete extends Data.TaggedError("BodyIncomplete")<Record<never, never>> {}

/** Reads the body to its end. */
export const readBody = (request: IncomingMessage): Effect.Effect<Buffer, BodyTooLarge | BodyIncomplete> =>
  Effect.async((resume) => {
    const announced = Number(request.headers["content-length"] ?? 0)
    if (announced > largestBody) return resume(Effect.fail(new BodyTooLarge({ limit: largestBody })))
    const chunks: Array<Buffer> = []
    let size = 0
    const finish = (effect: Effect.Effect<Buffer, BodyTooLarge | BodyIncomplete>) => {
      request.off("data", onData)
      request.off("end", onEnd)
      request.off("close", onClose)
      resume(effect)
    }
    const onData = (chunk: Buffer) => {
      size += chunk.length
      if (size > largestBody) finish(Effect.fail(new BodyTooLarge({ limit: largestBody })))
      else chunks.push(chunk)
    }
    const onEnd = () => {
      const [only] = chunks
      finish(Effect.succeed(chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks, size)))
    }
    const onClose = () => finish(Effect.fail(new BodyIncomplete()))
    request.on("data", onData)
    request.on("end", onEnd)
    request.on("close", onClose)
    return undefined
  })
