/**
 * What became of one request to the data plane: for the ledger, the figures and the access log. No
 * body, no secret; epoch ms.
 */
import type { AgentId } from "@clawdbot/domain/Agent/AgentId"
import type { Trail } from "@clawdbot/domain/Auth/Attempt"
import type { Explanation } from "@clawdbot/domain/Auth/Explanation"
import type { Held } from "@clawdbot/domain/Auth/hold"
import { shortText } from "@clawdbot/domain/Bounded/shortText"
import type { ProfileId } from "@clawdbot/domain/Profile/ProfileId"
import type { CacheReport } from "@clawdbot/domain/PromptCache/CacheReport"
import * as EpochMs from "@clawdbot/domain/Time/EpochMs"
import type { Cost } from "@clawdbot/domain/Usage/Cost"
import type { Usage } from "@clawdbot/domain/Usage/Usage"

/** What a trace is told of a request beside the rest; only where requests are traced. */
export interface TraceFacts {
  /** The client's header `traceparent`. */
  readonly traceParent: string | undefined
  /** What keeps requests on one credential; may name a person. */
  readonly conversation: string | undefined
  /** The answer's own id, model and reason for its end, as far as they came. */
  messageId: string | undefined
  messageModel: string | undefined
  stopReason: string | undefined
}

/** That another model answered. */
export interface ServedFallback {
  /** The model that the request names. */
  readonly asked: string | undefined
  /** Which model answered in place of which, and why: as in the header that tells the client. */
  readonly words: string
}

/** One request that wanted a credential. */
export interface ServedRequest {
  readonly method: string
  readonly path: string
  /** The model that answered, or was to answer. */
  readonly model: string | undefined
  /** Whether the client asked for a stream. */
  readonly stream: boolean
  readonly startedAt: number
  /**
   * When the provider's answer began to go to the client; for a stream, with its first content.
   * Undefined where none did.
   */
  readonly firstByteAt: number | undefined
  readonly endedAt: number
  /** The status the client got; 0 where it left before there was an answer. */
  readonly status: number
  readonly trail: Trail
  /**
   * The profiles that were no choice when the request came; undefined where nobody asked for that.
   */
  readonly skipped: ReadonlyArray<SkippedProfile> | undefined
  /**
   * The profile that the conversation was on before, where another one answered: its prompt cache
   * and its reasoning stayed behind. Undefined also where nobody asked for that.
   */
  readonly movedFrom: ProfileId | undefined
  readonly agent: AgentId
  /**
   * What each attempt that was answered used, as far as it was told. Only of requests that use
   * tokens.
   */
  readonly used: ReadonlyArray<Used>
  /** The cache time to live that the config adds for the model. */
  readonly ttl: string | undefined
  /** The name of the client's own token. */
  readonly client: string | undefined
  /** Why no credential could be given; the gateway itself answered then. */
  readonly failure: string | undefined
  /** Undefined where the model that it names answered, as for nearly all. */
  readonly fallback?: ServedFallback | undefined
  /** How it waited for its conversation's credential; undefined where it did not. */
  readonly held?: Held | undefined
  /** What the prompt cache did; undefined where that is not known. */
  readonly cache?: CacheReport | undefined
  /** Undefined where requests are not traced. */
  readonly trace: TraceFacts | undefined
}

/** What one attempt used; undefined where its answer did not tell. */
export interface Used {
  readonly profile: ProfileId
  readonly usage: Usage | undefined
  /** Tokens of thinking, a part of the output; undefined where its answer did not report them. */
  readonly reasoning?: number | undefined
  /** Undefined where its price is not known. */
  readonly cost?: Cost | undefined
  /** The model, where it is not the one that the request names. */
  model?: string | undefined
  /** USD that the client's budget was charged where the price is not known. */
  assumed?: number | undefined
}

/** A request that the gateway itself answered before it looked for a credential. */
export interface LocalResponse {
  readonly at: number
  /** 0 where the client left before its request was whole. */
  readonly status: number
  readonly client: string | undefined
  /** Which of our errors it was. */
  readonly code: string
}

/** A profile that was no choice, and why. */
export interface SkippedProfile {
  readonly profile: string
  readonly why: string
}

/** So many of the skipped profiles are listed, one by one. */
export const maxSkipped = 50

/**
 * The profiles that a dry run skips: those that are cooling down, with the limits in their way, and
 * those that cannot be used at all. Of very many the first ones, and how many more there are.
 */
export const skippedProfiles = ({
  candidates,
  rejected
}: Pick<Explanation, "candidates" | "rejected">): ReadonlyArray<SkippedProfile> => {
  const cooling = candidates.filter(({ state }) => state !== "ready")
  const more = cooling.length + rejected.length - maxSkipped
  const told = [
    ...cooling.slice(0, maxSkipped).map(({ obstacles, profile }) => ({
      profile,
      why: shortText(
        obstacles
          .map((one) => `${one.class} of ${one.scope} until ${EpochMs.toIso(one.until)}`)
          .join(", ")
      )
    })),
    ...rejected.slice(0, maxSkipped).map(({ detail, profile, reason }) => ({
      profile,
      why: shortText(detail === undefined ? reason : `${reason}: ${detail}`)
    }))
  ].slice(0, maxSkipped)
  if (more <= 0) return told
  return [...told, { profile: "", why: `and ${more} more` }]
}

/** The profile that a conversation left with a request, by where it was `before`. */
export const movedFrom = (before: ProfileId | undefined, trail: Trail): ProfileId | undefined => {
  const last = trail[trail.length - 1]
  const isAnswered = last?.result === "answered" || last?.result === "broken"
  if (isAnswered && last.profile !== before) return before
  return undefined
}
