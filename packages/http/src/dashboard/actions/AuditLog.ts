/**
 * What the dashboard did, a line of JSON each (`<state>/audit.jsonl`, 0600): which session, which
 * action, which profile, and what came of it. Never a secret, and no text that others wrote.
 */
import { type AuditUnavailable, appendLine } from "@clawdbot/node/File/auditFile"
import * as Effect from "effect/Effect"
import type { Action, ActionOutcome } from "./Action.ts"

export type { AuditUnavailable } from "@clawdbot/node/File/auditFile"

/** One line. `at` is epoch ms. */
export interface AuditEntry {
  readonly at: number
  readonly session: string
  readonly action: Action["action"]
  readonly agent?: string | undefined
  readonly profile?: string | undefined
  readonly profiles?: ReadonlyArray<string> | undefined
  /** `done`, or the name of the error. */
  readonly outcome: string
}

/** The line of an action. `failure` is the name of its error; undefined where it was done. */
export const entryOf = (
  action: Action,
  session: string,
  at: number,
  outcome: ActionOutcome | undefined,
  failure: string | undefined
): AuditEntry => ({
  at,
  session,
  action: action.action,
  agent: action.agent,
  profile: "profile" in action ? action.profile : outcome?.profile,
  profiles: "profiles" in action ? action.profiles : undefined,
  outcome: failure ?? "done"
})

/** Takes lines. `check` fails where none could be written, before anything is changed. */
export interface AuditLog<E> {
  readonly check: Effect.Effect<void, E>
  readonly append: (entry: AuditEntry) => Effect.Effect<void, E>
}

/** The log in a file. */
export const inFile = (path: string): AuditLog<AuditUnavailable> => ({
  check: appendLine(path, ""),
  append: (entry) => Effect.suspend(() => appendLine(path, `${JSON.stringify(entry)}\n`))
})
