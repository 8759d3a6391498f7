/**
 * What the dashboard may ask the gateway to do where `gateway.dashboard` is `manage`: a closed set,
 * each of which a command does as well.
 */
import * as Schema from "effect/Schema"

const Name = Schema.NonEmptyTrimmedString.pipe(Schema.maxLength(256))

/** An agent; without one, the default agent. */
const agent = Schema.optional(Name)

const onProfile = <const A extends string>(action: A) =>
  Schema.Struct({ action: Schema.Literal(action), agent, profile: Name })

/** The agent's own order; without profiles, none. */
const Reorder = Schema.Struct({
  action: Schema.Literal("order"),
  agent,
  profiles: Schema.Array(Name).pipe(Schema.maxItems(10_000))
})

/** An API key or a setup token. */
const Add = Schema.Struct({
  action: Schema.Literal("add"),
  agent,
  secret: Schema.Redacted(Schema.String)
})

/** One action. */
export const Action = Schema.Union(
  onProfile("clear"),
  onProfile("disable"),
  onProfile("enable"),
  onProfile("refresh"),
  onProfile("probe"),
  Reorder,
  Add
)
export type Action = typeof Action.Type

/** The action that takes another one back; a secret is never sent to the page. */
export type Undo = Exclude<Action, { readonly action: "add" }>

/** What was done, in words, and what takes it back, where anything does. */
export interface ActionOutcome {
  readonly message: string
  /** The profile that it was about, for the audit log. */
  readonly profile?: string | undefined
  readonly undo?: Undo | undefined
}
