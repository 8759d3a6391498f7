import type { AgentId } from "@clawdbot/domain/Agent/AgentId"
import type { Created } from "@clawdbot/domain/Anthropic/MessageState"
import type { CredentialUse } from "@clawdbot/domain/Auth/CredentialUse"
import type { RequestShape } from "@clawdbot/domain/Health/RequestTarget"
import type { ProfileId } from "@clawdbot/domain/Profile/ProfileId"
import type { AnswerUsage } from "@clawdbot/domain/Usage/AnswerUsage"
import type * as Effect from "effect/Effect"
import type { ClientTurns } from "../FairScheduler.ts"

/** Whose credential an answer came by. */
export type Account = Pick<CredentialUse, "owner" | "profile" | "provider" | "kind">

/** What the relay has to know of the request. */
export interface RelayRequest extends RequestShape {
  readonly method: string
  /** Headers of our own on every answer. */
  readonly answerHeaders: Readonly<Record<string, string>>
  /**
   * Headers that say how far the client's budget is used, at the moment at which they are asked
   * for. Undefined where it has none.
   */
  readonly limitsOf: (() => ReadonlyArray<string> | undefined) | undefined
  /** The client's share of the gateway's time. */
  readonly turns: ClientTurns
  readonly agent: AgentId
  /** The kind of thing that a good answer creates by its `id`; undefined for most requests. */
  readonly creates: string | undefined
  /** What the path is about, where no credential is known that finds it. */
  readonly unknown: Created | undefined
  /** Whether the answer is one that a thread can be continued from. */
  readonly inThread: boolean
  /** Whether code may run, which leaves files behind. */
  readonly runsCode: boolean
  /**
   * Hears of everything that an answer created for a profile, before the client does, and gives
   * what the client has to wait for, if anything.
   */
  readonly onCreated: (
    agent: AgentId,
    created: Created,
    creator: ProfileId
  ) => Effect.Effect<void> | undefined
  /** Runs that. */
  readonly run: (effect: Effect.Effect<void>) => void
  /**
   * Hears of a 2xx status as soon as it is there. Only where the request is a trial (decision D32):
   * its answer may take minutes, and others wait for its status.
   */
  readonly onAccepted: (() => void) | undefined
  /** Hears once when an answer begins to go to the client, in epoch ms. */
  readonly onBegin: (at: number) => void
  /** Hears what an answer says of its message. Only of requests that use tokens. */
  readonly onMessage: ((message: Readonly<Record<string, unknown>>) => void) | undefined
  /**
   * Hears at the end of an answer what it used; undefined where it was not told. Only where the
   * request is one that uses tokens.
   */
  readonly onUsage: ((account: Account, usage: AnswerUsage | undefined) => void) | undefined
}
