/**
 * The closed set of classes that every failed attempt falls into (decision D9), with what follows
 * from each (decisions D10 and D13). A new class is one member of {@link traits}, its words
 * included, a row of the classification tables and one in docs/failover.md; everything else reads
 * the traits.
 */
import * as Schema from "effect/Schema"

/** What follows from a failure of a class. */
interface Traits {
  /**
   * Whose state it tells of: of the `credential` (counts against its health), of the `provider`
   * (capacity or network), of this `use` of the credential, or of the `request` itself.
   */
  readonly about: "credential" | "provider" | "use" | "request"
  /** Whether only money ends it: credit, or a limit somebody set on spending. */
  readonly money: boolean
  /** The word `models status --probe` uses for it. */
  readonly probe: "auth" | "billing" | "rate_limit" | "timeout" | "format" | "unknown"
  /** Why a credential is cooling down, for people: in the status report and on the dashboard. */
  readonly words: string
}

const traits = {
  /** The credential was refused. */
  auth: {
    about: "credential",
    money: false,
    probe: "auth",
    words: "the provider refuses this credential"
  },
  /** Out of credit, or its organisation is disabled. */
  billing: { about: "credential", money: true, probe: "billing", words: "out of credit" },
  /** A limit with an end. */
  rate_limit: { about: "credential", money: false, probe: "rate_limit", words: "rate limit" },
  /** A limit on spending was reached. */
  spend_cap: {
    about: "credential",
    money: true,
    probe: "billing",
    words: "the spend limit is reached"
  },
  /** It may not be used for this, or not by this client (decision D3). */
  entitlement: {
    about: "use",
    money: false,
    probe: "unknown",
    words: "not permitted for this use"
  },
  /** The provider has no capacity. */
  overloaded: {
    about: "provider",
    money: false,
    probe: "unknown",
    words: "the provider is overloaded"
  },
  /** The provider failed, or no answer came. */
  server: { about: "provider", money: false, probe: "unknown", words: "the provider failed" },
  /** The provider took too long. */
  timeout: {
    about: "provider",
    money: false,
    probe: "timeout",
    words: "the provider did not respond in time"
  },
  /** The request itself is at fault. */
  format: { about: "request", money: false, probe: "format", words: "the request is invalid" }
} as const satisfies Record<string, Traits>

export type FailureClass = keyof typeof traits

/** All of them. */
// The keys of the table above, which `Object.keys` gives as plain text.
export const failureClasses = Object.keys(traits) as ReadonlyArray<FailureClass>

/** The set as a schema. */
export const FailureClass: Schema.Schema<FailureClass> = Schema.Literal(...failureClasses)

/** True for a class this version knows. Files of newer versions may name others. */
export const isFailureClass = (name: string): name is FailureClass => Object.hasOwn(traits, name)

/** What follows from a class. */
export const traitsOf = (failureClass: FailureClass): Traits => traits[failureClass]

/** True for a class, known or not, that only money ends. */
export const isMoney = (name: string): boolean => isFailureClass(name) && traits[name].money

/** The words for every class: why a credential is cooling down. */
export const classWords: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(traits).map(([name, { words }]) => [name, words])
)

/** The words for a class. One of a newer version is shown by its name. */
export const wordsOf = (name: string): string => {
  if (isFailureClass(name)) return traits[name].words
  return name
}
