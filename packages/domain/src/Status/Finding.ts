import type { AgentId } from "../Agent/AgentId.ts"
import type { ConfigIssue } from "../Config/ConfigError.ts"
import type { ProfileId } from "../Profile/ProfileId.ts"
import type { ProfileIdRepair } from "./profileIdRepair.ts"

/** Something `doctor` can do by itself. Those that rename what a person named want a yes. */
export type Repair =
  | { readonly _tag: "MigrateConfig" }
  | { readonly _tag: "RenameProfile"; readonly repair: ProfileIdRepair }
  | { readonly _tag: "SetMode"; readonly path: string; readonly mode: number }
  | { readonly _tag: "MoveFolder"; readonly from: string; readonly to: string }
  /** An older copy of a login; by the refresh token it holds, so that no other is taken out. */
  | {
      readonly _tag: "TakeOutCopy"
      readonly agent: AgentId
      readonly profile: ProfileId
      readonly fingerprint: string
    }

/** Whether a repair is only made after a yes (docs/command-line.md). */
export const wantsConsent = (repair: Repair): boolean =>
  repair._tag === "RenameProfile" || repair._tag === "MoveFolder"

/**
 * `problem` something does not work · `warning` it will stop working, or is not safe · `note` worth
 * knowing.
 */
export type Severity = "problem" | "warning" | "note"

/** One thing that was found. */
export interface Finding {
  /** A fixed name for programs, such as `config-older-keys`. */
  readonly id: string
  readonly severity: Severity
  readonly what: string
  readonly why: string
  /** A command, or what to do. */
  readonly fix: string
  /** Other ways to the same end, each like `fix`. */
  readonly alternatives?: ReadonlyArray<string> | undefined
  /** Further lines, such as a diff. */
  readonly details: ReadonlyArray<string>
  /** The fault in a config file, with its place. */
  readonly issue?: ConfigIssue
  readonly repair?: Repair
}

const severities: ReadonlyArray<Severity> = ["problem", "warning", "note"]

/** What does not work before what may stop working; those that weigh the same keep their order. */
export const bySeverity = (findings: ReadonlyArray<Finding>): ReadonlyArray<Finding> =>
  severities.flatMap((severity) => findings.filter((one) => one.severity === severity))

export const finding = (
  id: string,
  severity: Severity,
  what: string,
  why: string,
  fix: string,
  more: Pick<Finding, "alternatives" | "issue" | "repair"> & {
    readonly details?: ReadonlyArray<string>
  } = {}
): Finding => {
  const { details = [], ...rest } = more
  return { id, severity, what, why, fix, details, ...rest }
}
