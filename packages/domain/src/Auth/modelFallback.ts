/**
 * Whether another model may answer a request, by how it ended with the one it names (decision D58).
 * Pure.
 */
import * as Either from "effect/Either"
import type { FailureClass } from "../Health/UpstreamFailure.ts"
import type { ProfileId } from "../Profile/ProfileId.ts"
import * as Cost from "../Usage/Cost.ts"
import type { Trail } from "./Attempt.ts"
import type { AttemptResult } from "./AttemptResult.ts"
import type { Member } from "./Roster.ts"

/** Why: every credential is at a limit for the model, or the provider has no capacity for it. */
export type FallbackCause = "rate limited" | "overloaded"

/** How a request ended: as an attempt did, or without one. */
export type Ended<A> = Either.Either<
  AttemptResult<A>,
  { readonly _tag: string; readonly outOfCredit?: boolean; readonly refused?: boolean }
>

/** The header that says so in an answer, and the one by which a request forbids it. */
export const fallbackHeader = "x-clawdbot-model-fallback"
export const strictHeader = "x-clawdbot-strict-model"

/** So many attempts have to meet an overload. */
const minOverloads = 2

/**
 * Why another model may answer; undefined where it may not. A refusal comes back as one only where
 * nothing of it was sent, and a limit only where no other credential is left.
 */
export const fallbackCause = <A>(ended: Ended<A>, trail: Trail): FallbackCause | undefined => {
  if (Either.isLeft(ended)) {
    const { _tag, outOfCredit, refused } = ended.left
    if (_tag !== "AllInCooldown" || outOfCredit === true || refused === true) return undefined
    return "rate limited"
  }
  const result = ended.right
  if (result._tag !== "Refused") return undefined
  const isOf = (failureClass: FailureClass) => result.failure.class === failureClass
  if (isOf("rate_limit")) return "rate limited"
  const overloads = trail.filter(({ failureClass }) => failureClass === "overloaded").length
  if (isOf("overloaded") && overloads >= minOverloads) return "overloaded"
  return undefined
}

/**
 * The members of a roster that are paid for in another way than those that were tried: a plan's
 * request is not billed because its model is overloaded. None where all were reached anyway.
 */
export const paidOtherwise = (
  members: ReadonlyArray<Pick<Member, "profile" | "credential">>,
  tried: ReadonlySet<ProfileId> | undefined
): ReadonlyArray<ProfileId> => {
  if (tried === undefined) return []
  const isBilled = ({ credential }: Pick<Member, "credential">) => Cost.isBilled(credential.type)
  const ways = new Set(members.filter(({ profile }) => tried.has(profile)).map(isBilled))
  return members.filter((member) => !ways.has(isBilled(member))).map(({ profile }) => profile)
}

/** What the header says: `claude-opus-5-5 -> claude-opus-5; overloaded`. */
export const inWords = (asked: string, answering: string, cause: FallbackCause): string =>
  `${asked} -> ${answering}; ${cause}`

/** The other model that a request ended with; undefined where it ended with its own. */
export const answeringModel = (trail: Trail): string | undefined => {
  const last = trail[trail.length - 1]
  if (last === undefined || last.result === "refused" || last.result === "unrefreshed")
    return undefined
  return last.model
}
