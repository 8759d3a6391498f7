/** A limit of the provider as far as we know it: for what, until when, why (decision D12a). */

import * as Schema from "effect/Schema"
import { lazily } from "../Document/lazily.ts"
import * as Lenient from "../Document/lenient.ts"
import { EpochMs } from "../Time/EpochMs.ts"
import { isFailureClass } from "./FailureClass.ts"
import { isKnown, Scope } from "./Scope.ts"

/** Where an end comes from when the provider gave it, in the answer itself. */
export const StatedSource = Schema.Literal(
  /** `retry-after` or `retry-after-ms`. */
  "retry-after",
  /** `anthropic-ratelimit-*-reset` of an API key. */
  "ratelimit-reset",
  /** `anthropic-ratelimit-unified-*-reset` of a plan. */
  "unified-reset",
  /** A time in the answer's body: a date in its sentence, or a field. */
  "body",
  /**
   * The reset of a plan's window that is used up while requests go on as extra usage, which is
   * billed beside the plan. It blocks only where the config says so: {@link "./extraUsage.ts"}.
   */
  "extra-usage"
)

/** Where an end comes from when nobody but us says so. */
export const GuessedSource = Schema.Literal(
  /** Our own steps of waiting. */
  "ladder",
  /** What is usual for such a refusal, such as the 1st of the next month for a spend limit. */
  "usual",
  /** Something between us and the provider that answered in its place (decision D34). */
  "wall",
  /** A person or a program reported it (decision D50). */
  "report",
  /** The record of another program in `auth-profiles.json`. */
  "usageStats",
  /** Not known. */
  "none"
)

/** The sources this version knows. */
export const WindowSource = Schema.Union(StatedSource, GuessedSource)
export type WindowSource = typeof WindowSource.Type

const knownSources: ReadonlySet<string> = new Set([
  ...StatedSource.literals,
  ...GuessedSource.literals
])

/** True for a source this version knows. */
export const isWindowSource = (name: string): name is WindowSource => knownSources.has(name)

/**
 * Who says until when something cools down, for people; adding a source asks for its words here.
 */
export const sourceWords: Readonly<Record<WindowSource, string>> = {
  "retry-after": "set by the provider",
  "ratelimit-reset": "set by the provider",
  "unified-reset": "set by the provider",
  body: "set by the provider",
  "extra-usage": "used up; extra usage is refused by auth.extraUsage",
  ladder: "set by clawdbot; the provider gave no time",
  none: "set by clawdbot; the provider gave no time",
  usual: "estimated: when such limits usually end",
  wall: "refused by a proxy or firewall on the way to the provider",
  report: "reported by hand",
  usageStats: "from an earlier session"
}

/** The words for a source. One of a newer version is shown by its name. */
export const wordsOf = (source: string): string => {
  if (isWindowSource(source)) return sourceWords[source]
  return source
}

/** What one answer says. */
const answer = () => ({
  scope: Scope,
  until: EpochMs,
  /** A failure class, or `usage`. */
  class: Schema.String,
  /** See {@link WindowSource}. */
  source: Schema.String,
  /** Used part of the quota; 1 is full, and it may be exceeded. */
  utilization: Schema.optional(Schema.Number),
  observedAt: EpochMs,
  /** When one request was let through before the end, to see whether the limit still holds. */
  probedAt: Schema.optional(EpochMs)
})

/**
 * One window. With a failure class it blocks its scope until `until`; with the class `usage` it
 * only shows how far a quota is used. Times are epoch ms. `until` is 0 when a quota's reset is not
 * known.
 *
 * Scope, class and source are texts, because a file of a newer version may hold others than this
 * one knows: they are kept and written back, shown by name, and block until their end (decision
 * D43).
 */
export const Window = lazily(() =>
  Lenient.open(
    Schema.Struct({
      ...answer(),
      /**
       * When the latest request was sent whose answer is about this scope; absent where none was in
       * flight when it was learned. It shortens nothing that was learned after that.
       */
      sentAt: Schema.optional(EpochMs),
      /** Shorter ones, learned later by requests that were in flight: longest first. */
      concurrent: Schema.optional(Schema.Array(Lenient.open(Schema.Struct(answer()))))
    })
  )
)
export interface Window extends Schema.Schema.Type<typeof Window> {}

const statedSources: ReadonlySet<string> = new Set(StatedSource.literals)

/**
 * Whether the provider gave the window's end. Everything else is a guess, and a guess never turns
 * the last request away (decision D32): our own steps, other programs' records, reports, and what
 * this version does not know.
 */
export const isStated = (window: Pick<Window, "class" | "scope" | "source">): boolean =>
  statedSources.has(window.source) && isFailureClass(window.class) && isKnown(window.scope)

/** Pauses shorter than this are simply waited for, in ms. */
const shortPauseMs = 15 * 60_000

/**
 * When one request may try whether a long pause is still true: half way through. Credits are topped
 * up and plans changed long before a pause of hours ends; nobody should have to wait it out.
 * `Infinity` for short pauses, where it was tried already, and where the test itself would be
 * billed.
 */
export const probeAt = (window: Window): number => {
  if (window.source === "extra-usage") return Number.POSITIVE_INFINITY
  const pause = window.until - window.observedAt
  if (window.probedAt !== undefined || pause < shortPauseMs) return Number.POSITIVE_INFINITY
  return window.observedAt + pause / 2
}

/** Whether a window stands in the way of anything at a time. */
export const isBlocking = (window: Window, now: number): boolean =>
  window.class !== "usage" && now < window.until
