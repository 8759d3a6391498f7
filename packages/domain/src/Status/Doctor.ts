/**
 * What `clawdbot doctor` finds: each finding says what it is, why it matters and what cures it
 * (docs/command-line.md). Facts come in, findings go out; nothing here looks or changes anything.
 * No secret is part of a finding.
 */
import * as Either from "effect/Either"
import * as UpstreamIsGateway from "../Auth/upstreamIsGateway.ts"
import { isLoopback } from "../Auth/upstreamOrigin.ts"
import type { ConfigSnapshot } from "../Config/ConfigStore.ts"
import { gatewayAddress } from "../Config/gatewayAddress.ts"
import * as FileProblem from "../Document/fileProblem.ts"
import { dotEnvFiles } from "../Environment/Environment.ts"
import { shorten } from "../Environment/StatePaths.ts"
import * as ModelCatalog from "../Model/ModelCatalog.ts"
import { shortestSharedMs } from "../OAuth/RefreshAhead.ts"
import type { Facts } from "./DoctorFacts.ts"
import { type Finding, finding } from "./Finding.ts"
import { ofPermissions, ofUnwritable } from "./permissionFindings.ts"
import { ofSharedStore, ofStores } from "./storeFindings.ts"

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
    return [finding("config-unavailable", "problem", error.message, stops, FileProblem.cure(error))]
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
      curedBy(facts.config, warning)
    )
  )
  return [
    ...(migrations.length === 0 ? [] : [older()]),
    ...other,
    ...ofUpstream(facts.config.right),
    ...ofOpenGateway(facts.config.right),
    ...ofRefreshAhead(facts.config.right)
  ]
}

/** A gateway that would serve the whole network without a token, and so does not start. */
const ofOpenGateway = ({ config }: ConfigSnapshot): ReadonlyArray<Finding> => {
  const { host } = gatewayAddress(config)
  if (config.gateway?.auth?.mode !== "none" || isLoopback(host)) return []
  return [
    {
      ...finding(
        "gateway-open",
        "problem",
        `gateway.bind is "${config.gateway?.bind}", and gateway.auth.mode is "none"`,
        "the gateway does not start: whoever reaches this machine could use your credentials",
        "clawdbot config set gateway.auth.mode token"
      ),
      alternatives: ["to serve this machine only: clawdbot config set gateway.bind loopback"]
    }
  ]
}

/** Logins of a shared store that are refreshed too late to survive an outage of its database. */
export const ofRefreshAhead = ({
  config
}: Pick<ConfigSnapshot, "config">): ReadonlyArray<Finding> => {
  const seconds = config.auth?.refreshAheadSeconds
  if (seconds === undefined || seconds * 1_000 >= shortestSharedMs) return []
  if (config.store?.type !== "postgres") return []
  return [
    finding(
      "refresh-ahead-short",
      "warning",
      `auth.refreshAheadSeconds is ${seconds}, and credentials are in a shared store`,
      "a login may end while the database is away, or while the others wait for a gateway that " +
        `was killed during a refresh: that takes up to ${shortestSharedMs / 1_000} seconds`,
      "clawdbot config unset auth.refreshAheadSeconds"
    )
  ]
}

/** The command that ends a warning about the config; for some there is only a look at it. */
const curedBy = (config: Facts["config"], warning: string): string => {
  const modelCure = Either.match(config, {
    onLeft: () => undefined,
    onRight: (snapshot) =>
      ModelCatalog.nameWarnings(snapshot.config).find((one) => one.warning === warning)?.cure
  })
  return modelCure ?? "clawdbot config get --source"
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
  ...ofSharedStore(facts),
  ...ofConfig(facts),
  ...ofUnwritable(facts),
  ...ofPermissions(facts),
  ...ofStores(facts),
  ...ofDotEnv(facts),
  ...ofCredentials(facts)
]
