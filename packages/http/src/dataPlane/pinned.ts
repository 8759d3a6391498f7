/**
 * Sends what is about a batch or a file to the credential that created it, and remembers who
 * created what (decision D16).
 */
import { creates, namedIn } from "@clawdbot/domain/Anthropic/Resource"
import type { AuthRequest } from "@clawdbot/domain/Auth/AuthRequest"
import { AuthResolver } from "@clawdbot/domain/Auth/AuthResolver"
import type { Explanation } from "@clawdbot/domain/Auth/Explanation"
import { ResourcePins } from "@clawdbot/domain/Auth/ResourcePins"
import type { ProfileId } from "@clawdbot/domain/Profile/ProfileId"
import * as Effect from "effect/Effect"

/**
 * How a message names a file. A quotation mark inside a text is escaped, so these bytes are always
 * a key or a text of their own.
 */
const fileKey = Buffer.from('"file_id"')
const fileValue = /^\s*:\s*"([\w-]{1,200})"/

/** The files a body names, in order. */
function* filesIn(body: Buffer): Generator<string> {
  for (let at = body.indexOf(fileKey); at >= 0; at = body.indexOf(fileKey, at + 1)) {
    const start = at + fileKey.length
    const id = fileValue.exec(body.toString("latin1", start, start + 256))?.[1]
    if (id !== undefined) yield id
  }
}

/**
 * A profile that is there but cannot answer still owns what it created; that another one does not
 * find it would be a wrong answer.
 */
const owns = ({ candidates, rejected }: Explanation, profile: ProfileId): boolean =>
  candidates.some((candidate) => candidate.profile === profile) ||
  rejected.some(
    (entry) =>
      entry.profile === profile && (entry.reason === "login ended" || entry.reason === "expired")
  )

/** The part of a request that names things. `path` may have a query. */
interface Asking {
  readonly path: string
  readonly body: Buffer
}

/** Pins requests. */
export const make = Effect.gen(function* () {
  const pins = yield* ResourcePins
  const resolver = yield* AuthResolver

  /** The credential that created what a request is about, as far as that is known here. */
  const creatorOf = (request: AuthRequest, { body, path }: Asking): ProfileId | undefined => {
    if (pins.isEmpty()) return undefined
    const named = namedIn(path)
    if (named !== undefined) return pins.find(request.agent, named)
    for (const id of filesIn(body)) {
      const creator = pins.find(request.agent, id)
      if (creator !== undefined) return creator
    }
    return undefined
  }

  /**
   * The request, bound to the creator, the one credential that can answer it, when that is known
   * and still there.
   */
  const bind = (request: AuthRequest, creator: ProfileId | undefined) =>
    creator === undefined
      ? Effect.succeed(request)
      : Effect.map(
          resolver.explain(request),
          (explanation): AuthRequest =>
            owns(explanation, creator) ? { ...request, profile: creator } : request
        )

  /** What hears of a creation, on requests that create something. */
  const listener = ({ agent }: AuthRequest, method: string, path: string) =>
    creates(method, path)
      ? (id: string, profile: ProfileId): void => pins.note({ agent, id, profile })
      : undefined

  return { bind, creatorOf, listener } as const
})
