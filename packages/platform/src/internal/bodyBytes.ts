/** The body of a request as bytes: it may have to be sent several times. */
import type { HttpClientRequest } from "@effect/platform/HttpClientRequest"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"

/** The bytes, and the content type that goes with them where they have one of their own. */
export interface Bytes {
  readonly bytes: Uint8Array
  readonly contentType?: string | undefined
}

type WebBody = ConstructorParameters<typeof Response>[0]

const ofWeb = (body: WebBody): Effect.Effect<Bytes, unknown> =>
  Effect.tryPromise(async () => {
    const response = new Response(body)
    const bytes = new Uint8Array(await response.arrayBuffer())
    return { bytes, contentType: response.headers.get("content-type") ?? undefined }
  })

/** Reads a body to its end. */
export const bodyBytes = ({ body }: HttpClientRequest): Effect.Effect<Bytes, unknown> => {
  switch (body._tag) {
    case "Empty":
      return Effect.succeed({ bytes: new Uint8Array() })
    case "Uint8Array":
      return Effect.succeed({ bytes: body.body })
    case "FormData":
      return ofWeb(body.formData)
    case "Raw":
      // What a raw body is, only its maker knows; `Response` reads all that `fetch` would send.
      return ofWeb(body.body as WebBody)
    case "Stream":
      return Effect.map(Stream.runCollect(body.stream), (chunks) => ({
        bytes: Uint8Array.from([...chunks].flatMap((chunk) => [...chunk]))
      }))
  }
}
