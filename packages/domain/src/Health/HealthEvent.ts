/**
 * What can happen to a credential's health. Facts only; {@link "./HealthPolicy.ts"} decides what
 * follows. Times are epoch ms.
 */
import type { CooldownSettings } from "./Cooldown.ts"
import type { RequestTarget } from "./RequestTarget.ts"
import type { OngoingTrial, TrialKind } from "./Trial.ts"
import type { UpstreamFailure } from "./UpstreamFailure.ts"
import type { Window } from "./Window.ts"

export type HealthEvent =
  /** A request is about to be sent with it. */
  | { readonly _tag: "Used"; readonly at: number }
  /**
   * It is about to be used although cooldowns are running. Other trials are kept back until it is
   * known how this one ended, or too long was waited for that.
   */
  | ({ readonly _tag: "TrialBegun"; readonly kind: TrialKind } & OngoingTrial)
  /** The provider answered a trial with a 2xx status. */
  | { readonly _tag: "TrialPassed"; readonly at: number; readonly trial: OngoingTrial }
  /** A trial ended without a word about the credential: a reset, a time-out, a client that left. */
  | { readonly _tag: "TrialReleased"; readonly at: number; readonly trial: OngoingTrial }
  /**
   * A whole answer came: 2xx, and for a stream its `message_stop` (decision D14). `startedAt` is
   * when the request was sent.
   */
  | {
      readonly _tag: "Succeeded"
      readonly at: number
      readonly startedAt: number
      /**
       * What was asked for; limits of anything else say nothing about this success, nor it about
       * them.
       */
      readonly target: RequestTarget
      readonly windows: ReadonlyArray<Window>
      readonly organization?: string
    }
  /**
   * The provider refused. `startedAt` tells failures of one incident from new ones (D11);
   * `jitterMs` (0 to 5,000) is added to an end the provider names, so that waiting clients do not
   * come back as one; `ladder` is for when it names none.
   */
  | {
      readonly _tag: "Failed"
      readonly at: number
      readonly startedAt: number
      readonly failure: UpstreamFailure
      readonly jitterMs: number
      readonly ladder: CooldownSettings
      /** The trial this is the end of. It climbs no ladder. */
      readonly trial?: OngoingTrial | undefined
      /** True where a person put the credential to the test: that climbs no ladder either. */
      readonly byHand?: boolean | undefined
      /** True where another program says so: a guess, of at most an hour (decision D50). */
      readonly reported?: boolean | undefined
    }
  /** Its login ended for good; only a new secret or `Cleared` ends this. */
  | { readonly _tag: "LoginEnded"; readonly at: number; readonly cause: string }
  /**
   * A refresh replaced the secret marked `previous`: what is known about that one holds for the new
   * one.
   */
  | { readonly _tag: "Renewed"; readonly at: number; readonly previous: string }
  /** A person cleared it (`models auth clear`). */
  | { readonly _tag: "Cleared"; readonly at: number }
