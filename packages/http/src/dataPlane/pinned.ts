/**
 * Sends what is about state of one workspace to the credential that created it, and remembers who
 * created what (decisions D16 and D35).
 */
import type { AgentId } from "@clawdbot/domain/Agent/AgentId"
import type { Created, MessageState, Reference } from "@clawdbot/domain/Anthropic/MessageState"
import { idsIn, isMadeId, namedIn } from "@clawdbot/domain/Anthropic/Resource"
import type { AuthRequest } from "@clawdbot/domain/Auth/AuthRequest"
import { AuthResolver } from "@clawdbot/domain/Auth/AuthResolver"
import type { Explanation, RejectReason } from "@clawdbot/domain/Auth/Explanation"
import { ResourcePins } from "@clawdbot/domain/Auth/ResourcePins"
import type { ProfileId } from "@clawdbot/domain/Profile/ProfileId"
import * as Effect from "effect/Effect"
import { filesIn } from "./filesIn.ts"

/**
 * How much of a body that is no message is searched for ids, in bytes. Those that name something (a
 * session its agent and environment, an agent its skills) are smaller.
 */
export const searchedBytes = 64 * 1024

/** A text of a JSON document that may be an id, and is no key. */
const idText = /"([\w-]{6,200})"(?!\s*:)/g

const openBrace = 0x7b

/** Everything that may be an id in the beginning of a JSON body. */
const idsInBody = (body: Buffer): ReadonlyArray<string> => {
  if (body[0] === openBrace)
    return [...body.toString("latin1", 0, searchedBytes).matchAll(idText)].flatMap(
      ([, id]) => id ?? []
    )
  return []
}

/** Messages, and what is counted of them; batches are a resource with a message in each entry. */
const isMessage = (path: string): boolean => /^\/v1\/messages(?:\/count_tokens)?(?:\?|$)/.test(path)

/**
 * A profile that is there but cannot answer still owns what it created; that another one does not
 * find it would be a wrong answer.
 */
const owns = ({ candidates, rejected }: Explanation, profile: ProfileId): boolean =>
  candidates.some((candidate) => candidate.profile === profile) ||
  rejected.some((entry) => entry.profile === profile && outOfUse.has(entry.reason))

/** Why a credential that created something cannot be used now, without having gone away. */
const outOfUse: ReadonlySet<RejectReason> = new Set([
  "login ended",
  "expired",
  "superseded",
  "unclear"
])

/** The part of a request that names things. `path` may have a query; `now` in epoch ms. */
export interface Asking {
  readonly path: string
  /** All of it, or its beginning. */
  readonly body: Buffer
  readonly state: MessageState | undefined
  readonly now: number
}

/** Who created what a request is about. Where it is not required, others may answer as well. */
export interface Creator {
  readonly profile: ProfileId
  readonly required: boolean
}

/** So many ids of one request are looked for. */
const maxLooked = 200

/** What is known of a creator; an effect where other gateways have to be asked. */
export type Found = Creator | Effect.Effect<Creator | undefined> | undefined

/** Pins requests. */
export const make = Effect.gen(function* () {
  const pins = yield* ResourcePins
  const resolver = yield* AuthResolver

  const creatorOfReference = (
    { id, kind, required }: Reference,
    agent: AgentId,
    now: number
  ): Creator | undefined => {
    const profile = kind === "stored" ? pins.find(agent, id) : pins.findBrief(kind, agent, id, now)
    if (profile === undefined) return undefined
    return { profile, required }
  }

  /** The first of these ids that is known; `missed` gets those before it. */
  const creatorAmong = (
    ids: Iterable<string>,
    agent: AgentId,
    missed: Array<string> | undefined
  ): Creator | undefined => {
    for (const id of ids) {
      const profile = pins.find(agent, id)
      if (profile !== undefined) return { profile, required: true }
      missed?.push(id)
    }
    return undefined
  }

  const creatorByIds = (
    agent: AgentId,
    { body, path }: Asking,
    missed: Array<string> | undefined
  ): Creator | undefined => {
    if (missed === undefined && pins.isEmpty()) return undefined
    return (
      creatorAmong(idsIn(path), agent, missed) ??
      (isMessage(path) ? undefined : creatorAmong(idsInBody(body), agent, missed)) ??
      creatorAmong(filesIn(body), agent, missed)
    )
  }

  const creatorHere = (
    agent: AgentId,
    asking: Asking,
    missed: Array<string> | undefined
  ): Creator | undefined => {
    let wished: Creator | undefined
    for (const reference of asking.state?.references ?? []) {
      const creator = creatorOfReference(reference, agent, asking.now)
      if (creator?.required === true) return creator
      wished ??= creator
      if (creator === undefined && reference.kind === "stored") missed?.push(reference.id)
    }
    return creatorByIds(agent, asking, missed) ?? wished
  }

  /**
   * The credential that created what a request is about. Where that is unknown here, and the
   * request names something, gateways that share pins are asked.
   */
  const creatorOf = (agent: AgentId, asking: Asking): Found => {
    if (!pins.isShared) return creatorHere(agent, asking, undefined)
    const missed: Array<string> = []
    const creator = creatorHere(agent, asking, missed)
    if (creator?.required === true || missed.length === 0) return creator
    const ids = missed.filter(isMadeId).slice(0, maxLooked)
    if (ids.length === 0) return creator
    return Effect.map(pins.look(agent, ids), (isFound) => {
      if (!isFound) return creator
      return creatorHere(agent, asking, undefined)
    })
  }

  /**
   * What a path is about, where nothing is known of it yet: the credential that finds it keeps it.
   */
  const unknownIn = (agent: AgentId, path: string): Created | undefined => {
    const named = namedIn(path)
    if (named === undefined || pins.find(agent, named.id) !== undefined) return undefined
    return named
  }

  /**
   * The request, bound to the creator where that is known and still there. Only the creator can
   * answer it; where it is not required, it goes first as long as it is usable.
   */
  const bind = (request: AuthRequest, creator: Creator | undefined) => {
    if (creator === undefined) return Effect.succeed(request)
    const { profile, required } = creator
    if (!required) return Effect.succeed<AuthRequest>({ ...request, preferred: profile })
    return Effect.map(
      resolver.explain(request),
      (explanation): AuthRequest => (owns(explanation, profile) ? { ...request, profile } : request)
    )
  }

  /**
   * Remembers what an answer to an agent's request created. `now` in epoch ms. Gives what the
   * answer has to wait for, if anything.
   */
  const note = (agent: AgentId, { id, kind }: Created, profile: ProfileId, now: number) =>
    pins.note({ agent, kind, id, profile }, now)

  return { bind, creatorOf, note, unknownIn } as const
})
