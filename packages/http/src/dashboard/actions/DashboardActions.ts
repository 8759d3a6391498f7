/** Actions of the dashboard over the stores of one gateway, as a value that needs nothing more. */
import * as path from "node:path"
import * as FileProblem from "@clawdbot/domain/Document/fileProblem"
import { StatePaths } from "@clawdbot/domain/Environment/StatePaths"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import type { Action, ActionOutcome } from "./Action.ts"
import { type AuditLog, type AuditUnavailable, inFile } from "./AuditLog.ts"
import { carryOut } from "./carryOut.ts"

type CarryOutError = Effect.Effect.Error<ReturnType<typeof carryOut>>

/** An action that was begun and not done, as the page shows it; `name` is the error's own. */
export class ActionFailed extends Data.TaggedError("ActionFailed")<{
  readonly name: string
  readonly message: string
  readonly cure: string | undefined
}> {
  readonly status = 422
}

/** What carries out actions; each is reported to the audit log. */
export interface DashboardActions {
  readonly carryOut: (action: Action) => Effect.Effect<ActionOutcome, ActionFailed>
  readonly audit: AuditLog<ActionFailed>
}

/** Where the log of a state folder is. */
export const auditPath = (stateDir: string): string => path.join(stateDir, "audit.jsonl")

const auditFailed = (error: AuditUnavailable) =>
  new ActionFailed({
    name: error._tag,
    message: error.message,
    cure: FileProblem.cure({ path: error.path, operation: "write", code: error.code })
  })

/** The audit log in a file. */
export const auditIn = (file: string): AuditLog<ActionFailed> => {
  const { append, check } = inFile(file)
  return {
    check: Effect.mapError(check, auditFailed),
    append: (entry) => Effect.mapError(append(entry), auditFailed)
  }
}

/** Over the stores of the gateway. `cureOf` says what cures an error, as the command would. */
export const make = (cureOf: (error: CarryOutError) => string | undefined) =>
  Effect.gen(function* () {
    const context = yield* Effect.context<Effect.Effect.Context<ReturnType<typeof carryOut>>>()
    const { stateDir } = yield* StatePaths
    const actions: DashboardActions = {
      carryOut: (action) =>
        carryOut(action).pipe(
          Effect.provide(context),
          Effect.mapError(
            (error) =>
              new ActionFailed({ name: error._tag, message: error.message, cure: cureOf(error) })
          )
        ),
      audit: auditIn(auditPath(stateDir))
    }
    return actions
  })
