/**
 * What `clawdbot doctor` finds: each finding says what it is, why it matters and what cures it
 * (docs/command-line.md). Facts come in, findings go out; nothing here looks or changes anything.
 * No secret is part of a finding.
 */
import * as Either from "effect/Either"
import type { AgentId } from "../Agent/AgentId.ts"
import type { Agent } from "../Agent/AgentRegistry.ts"
import * as UpstreamIsGateway from "../Auth/upstreamIsGateway.ts"
import type { Seen } from "../ClaudeCode/ClaudeCodeLogin.ts"
import type {
  ConfigError,
  ConfigInvalid,
  ConfigIssue,
  ConfigUnavailable
} from "../Config/ConfigError.ts"
import type { ConfigSnapshot } from "../Config/ConfigStore.ts"
import { gatewayAddress } from "../Config/gatewayAddress.ts"
import * as FileProblem from "../Document/fileProblem.ts"
import { dotEnvFiles } from "../Environment/Environment.ts"
import { type Paths, shorten } from "../Environment/StatePaths.ts"
import type { LoginCopies } from "../OAuth/LoginCopies.ts"
import type { ProfileStoreError } from "../Profile/ProfileError.ts"
import type { ProfileId } from "../Profile/ProfileId.ts"
import type { ProfileSnapshot } from "../Profile/ProfileStore.ts"
import type { ProfileIdRepair } from "./profileIdRepair.ts"
import type { StatusDocument } from "./StatusDocument.ts"

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

/** A file or folder that others may read. Modes are permission bits. */
export interface OpenPath {
  readonly path: string
  readonly mode: number
  readonly wanted: number
}

/** One agent: its store, and its report where the config and the store can be read. */
export interface AgentFacts {
  readonly agent: Agent
  readonly store: Either.Either<ProfileSnapshot, ProfileStoreError>
  readonly status: StatusDocument | undefined
  /** Profiles of the config that were taken out of the store and are kept aside. */
  readonly loggedOut: ReadonlyArray<string>
}

/** Everything that is judged. */
export interface Facts {
  readonly paths: Paths
  readonly config: Either.Either<ConfigSnapshot, ConfigInvalid | ConfigUnavailable>
  /**
   * The pending migrations as a diff without secrets, empty when there are none; or why they cannot
   * be written.
   */
  readonly migrationDiff: Either.Either<ReadonlyArray<string>, ConfigError>
  readonly openPaths: ReadonlyArray<OpenPath>
  /** A folder of an older version with credentials in it, and where it belongs. */
  readonly olderFolder:
    | { readonly from: string; readonly to: string; readonly free: boolean }
    | undefined
  readonly agents: ReadonlyArray<AgentFacts>
  readonly defaultAgent: string
  /** All logins of the stores that can be read. */
  readonly copies: LoginCopies
  readonly profileIdRepair: ProfileIdRepair | undefined
  /**
   * What it would do to the config, as the lines of a diff without secrets; none where nobody can
   * say.
   */
  readonly profileIdDiff: ReadonlyArray<string>
  readonly claudeCode: Seen
  /**
   * Variables of the process and of `.env` files that the config's own `env` block sets as well, to
   * another value.
   */
  readonly shadowed: ReadonlyArray<{ readonly name: string; readonly from: string }>
  /** Variables that are set and move files, by name. */
  readonly moved: ReadonlyArray<string>
}

const finding = (
  id: string,
  severity: Severity,
  what: string,
  why: string,
  fix: string,
  more: Pick<Finding, "issue" | "repair"> & { readonly details?: ReadonlyArray<string> } = {}
): Finding => {
  const { details = [], ...rest } = more
  return { id, severity, what, why, fix, details, ...rest }
}

/**
 * What is wrong with the config; with one that cannot be used, most other checks fall away
 * (decision D20).
 */
export const ofConfig = (facts: Facts): ReadonlyArray<Finding> => {
  if (Either.isLeft(facts.config)) {
    const error = facts.config.left
    const stops = "every other command refuses to run until this is fixed; the file was not changed"
    if (error._tag === "ConfigInvalid") {
      return error.issues.map((issue) =>
        finding(
          "config-invalid",
          "problem",
          `${issue.path === "<root>" ? "the config" : issue.path}: ${issue.problem}`,
          stops,
          issue.cure ??
            `correct ${shorten(facts.paths, error.path)}, then: clawdbot config validate`,
          { issue }
        )
      )
    }
    return [
      finding(
        "config-unavailable",
        "problem",
        error.message,
        stops,
        FileProblem.cure(error.path, error.code)
      )
    ]
  }
  const { migrations, warnings } = facts.config.right
  const older = (): Finding => {
    const what = `the config uses old key names: ${migrations.join(" ")}`
    const why = "they still work here, but another program that reads the file may not know them"
    return Either.match(facts.migrationDiff, {
      onLeft: (error) => {
        const cure = error._tag === "ConfigEditRefused" ? error.cure : undefined
        const by = cure ?? "update them by hand"
        return finding("config-older-keys", "warning", what, why, by, { details: [error.message] })
      },
      onRight: (diff) =>
        finding("config-older-keys", "warning", what, why, "clawdbot doctor --fix", {
          details: diff,
          repair: { _tag: "MigrateConfig" }
        })
    })
  }
  const other = warnings.map((warning) =>
    finding(
      "config-warning",
      "warning",
      warning,
      "the config is ambiguous or incomplete, so clawdbot chose for you",
      "clawdbot config get --source"
    )
  )
  return [
    ...(migrations.length === 0 ? [] : [older()]),
    ...other,
    ...ofUpstream(facts.config.right)
  ]
}

/** A base URL that is the gateway's own address: valid, and of no use to the gateway. */
const ofUpstream = (snapshot: ConfigSnapshot): ReadonlyArray<Finding> =>
  (UpstreamIsGateway.refusal(snapshot, gatewayAddress(snapshot.config))?.issues ?? []).map(
    (issue) =>
      finding(
        "upstream-is-gateway",
        "problem",
        `${issue.path}: ${issue.problem}`,
        "the gateway does not start with it, and other commands would send credentials to " +
          "the gateway instead of the provider",
        issue.cure ?? "set it to the provider's address",
        { issue }
      )
  )

const octal = (mode: number): string => mode.toString(8).padStart(3, "0")

/** Files and folders that others may read. */
export const ofPermissions = (facts: Facts): ReadonlyArray<Finding> =>
  facts.openPaths.map(({ mode, path, wanted }) =>
    finding(
      "open-permissions",
      "warning",
      `${shorten(facts.paths, path)} is open to other users of this machine (mode ${octal(mode)})`,
      "keys and tokens are stored there",
      `chmod ${octal(wanted)} ${path}`,
      { repair: { _tag: "SetMode", path, mode: wanted } }
    )
  )

const ofStoreError = (facts: Facts, error: ProfileStoreError): Finding => {
  switch (error._tag) {
    case "StoreCorrupt":
      return finding(
        "store-corrupt",
        "problem",
        error.message,
        "the agent's credentials cannot be used; nothing was deleted",
        `repair ${error.path}, or replace it with a good copy`,
        {
          details:
            error.copy === undefined
              ? []
              : [`a copy for inspection: ${shorten(facts.paths, error.copy)}`]
        }
      )
    case "StoreTooNew":
      return finding(
        "store-too-new",
        "problem",
        error.message,
        "writing it would lose data of the newer version",
        "install a newer clawdbot"
      )
    case "StoreLocked":
      return finding(
        "store-locked",
        "problem",
        error.message,
        "until it is unlocked, credentials cannot be stored or refreshed",
        `wait until the other program has finished; if none is running: rmdir ${error.lockPath}`
      )
    case "StoreUnavailable":
      return finding(
        "store-unavailable",
        "problem",
        error.message,
        "the agent's credentials cannot be used",
        FileProblem.cure(error.path, error.code)
      )
  }
}

/** Stores that are broken, of another version, or where an older version left them. */
export const ofStores = (facts: Facts): ReadonlyArray<Finding> => {
  const older = facts.olderFolder
  const short = (path: string) => shorten(facts.paths, path)
  const folder =
    older === undefined
      ? []
      : [
          finding(
            "older-folder",
            "warning",
            `an older version left credentials in ${short(older.from)}`,
            "clawdbot does not use credentials in that folder",
            older.free
              ? "clawdbot doctor --fix --yes"
              : `${short(older.to)} also exists: compare the two, then remove the older one`,
            older.free ? { repair: { _tag: "MoveFolder", from: older.from, to: older.to } } : {}
          )
        ]
  const stores = facts.agents.flatMap(({ store }) => {
    if (Either.isLeft(store)) return [ofStoreError(facts, store.left)]
    return store.right.notices.map((notice) =>
      finding(
        "store-notice",
        "warning",
        notice,
        "the file differs from what clawdbot wrote",
        `check whether another program writes ${short(store.right.path)}`
      )
    )
  })
  return [...folder, ...stores]
}

/** The `.env` files that variables come from: whoever writes them decides what is sent where. */
const ofDotEnv = (facts: Facts): ReadonlyArray<Finding> => {
  if (Either.isLeft(facts.config)) return []
  return dotEnvFiles(facts.config.right.environment).map(({ file, folder, names }) =>
    finding(
      folder === "state" ? "dotenv-state" : "dotenv-working-folder",
      "note",
      `${shorten(facts.paths, file)} sets ${names.join(", ")}`,
      folder === "state"
        ? "these variables apply to every command and the gateway"
        : "variables from the working folder's .env are used only where nothing else is " +
            "configured, and never in the config",
      "nothing, if you wrote the file; otherwise remove it"
    )
  )
}

/** Whether something does not work: the exit status of `doctor` says so (decision D41). */
export const hasProblem = (findings: ReadonlyArray<Finding>): boolean =>
  findings.some(({ severity }) => severity === "problem")

/** Every finding, the most basic ones first. */
export const examine = (
  facts: Facts,
  ofCredentials: (facts: Facts) => ReadonlyArray<Finding>
): ReadonlyArray<Finding> => [
  ...ofConfig(facts),
  ...ofPermissions(facts),
  ...ofStores(facts),
  ...ofDotEnv(facts),
  ...ofCredentials(facts)
]
