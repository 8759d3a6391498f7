/**
 * Which credentials `models status --probe` puts to the test, and what came of it
 * (docs/formats.md, with its fault put right: the status is what the provider said). Pure.
 */

import type { Member, Rejected, Roster } from "../Auth/Roster.ts"
import type { Config } from "../Config/Config.ts"
import { providerEntry } from "../Config/provider.ts"
import { defined, ifDefined } from "../Document/defined.ts"
import { type FailureClass, traitsOf } from "../Health/FailureClass.ts"
import type { UpstreamFailure } from "../Health/UpstreamFailure.ts"
import { findUnreachable } from "../Health/unreachable.ts"
import { builtInDefault, type ModelCatalog, named } from "../Model/ModelCatalog.ts"
import * as ModelRef from "../Model/ModelRef.ts"
import type * as Credential from "../Profile/Credential.ts"
import type { ProfileId } from "../Profile/ProfileId.ts"
import * as ProviderId from "../Profile/ProviderId.ts"
import { textOf } from "../Text/textIf.ts"

/** What was asked for. Times in ms. */
export interface ProbeOptions {
  readonly provider?: string
  /** Only these; empty means all. */
  readonly profileIds: ReadonlyArray<string>
  readonly timeoutMs: number
  readonly concurrency: number
  readonly maxTokens: number
}

/** In the words of the document; `class` beside it is ours and finer. */
export type ProbeStatus =
  | "ok"
  | "auth"
  | "rate_limit"
  | "billing"
  | "timeout"
  | "format"
  | "unknown"
  | "no_model"

interface Common {
  readonly provider: string
  /** As `provider/model`. */
  readonly model?: string
  /** Absent for keys of the environment or the config. */
  readonly profileId?: string
  readonly label: string
  readonly source: "profile" | "env" | "models.json"
  readonly mode?: Credential.Kind
}

/** A credential that will be sent with. */
export interface ProbeTarget extends Common {
  readonly providerId: ProviderId.ProviderId
  readonly profile: ProfileId
  readonly modelId: string
}

/** What came of one credential. */
export interface ProbeResult extends Common {
  readonly status: ProbeStatus
  readonly class?: FailureClass
  readonly error?: string
  readonly latencyMs?: number
}

/** The part of the document. Times in epoch ms. */
export interface Probes {
  readonly startedAt: number
  readonly finishedAt: number
  readonly durationMs: number
  readonly totalTargets: number
  readonly options: ProbeOptions
  readonly results: ReadonlyArray<ProbeResult>
}

/** What is sent, and what is known without sending. */
export interface ProbePlan {
  readonly settled: ReadonlyArray<ProbeResult>
  readonly targets: ReadonlyArray<ProbeTarget>
}

/**
 * The model a provider is asked for: the first one the config puts to use, else the first it lists.
 */
const modelFor = (
  config: Config,
  catalog: ModelCatalog,
  provider: ProviderId.ProviderId
): string | undefined =>
  named(catalog).find((ref) => ProviderId.normalize(ref.provider) === provider)?.model ??
  providerEntry(config, provider)?.models?.[0]?.id ??
  (provider === ProviderId.anthropic ? builtInDefault.model : undefined)

/** Requests are written in one dialect. */
const speaksMessages = (config: Config, provider: ProviderId.ProviderId): boolean =>
  provider === ProviderId.anthropic || providerEntry(config, provider)?.api === "anthropic-messages"

const sourceOf = (member: Member): Common["source"] => {
  if (!member.ambient) return "profile"
  if (member.profile.startsWith("env:")) return "env"
  return "models.json"
}

const reasonOf = ({ detail, reason }: Pick<Rejected, "detail" | "reason">): string => {
  if (reason === "not in the order") return "Excluded by auth.order for this provider."
  return `not usable: ${reason}${textOf(detail, (detail) => ` (${detail})`)}`
}

/** One provider's part. `rosters` come for every provider that is considered. */
const planFor = (
  config: Config,
  catalog: ModelCatalog,
  options: ProbeOptions,
  roster: Roster,
  kinds: ReadonlyMap<string, Credential.Kind>
): ProbePlan => {
  const providerId = roster.provider
  const wanted = (profile: string) =>
    options.profileIds.length === 0 || options.profileIds.includes(profile)
  const stored = roster.members.filter((member) => !member.ambient)
  const rejected = roster.rejected.filter(
    ({ profile, reason }) => kinds.has(profile) && reason !== "another provider"
  )
  // Keys beside profiles are not paid for by a test.
  const keysToo = stored.length === 0 && rejected.length === 0 && options.profileIds.length === 0
  const members = [
    ...stored,
    ...(keysToo ? roster.members.filter((member) => member.ambient) : [])
  ].filter(({ ambient, profile }) => ambient || wanted(profile))
  const modelId = modelFor(config, catalog, providerId)
  const model =
    modelId === undefined ? {} : { model: ModelRef.label(ModelRef.make(providerId, modelId)) }
  const excluded = rejected
    .filter(({ profile }) => wanted(profile))
    .map((entry): ProbeResult => {
      const mode = kinds.get(entry.profile)
      return {
        provider: providerId,
        ...model,
        profileId: entry.profile,
        label: entry.profile,
        source: "profile",
        ...defined({ mode }),
        status: "unknown",
        error: reasonOf(entry)
      }
    })
  const commonOf = (member: Member): Common => {
    const source = sourceOf(member)
    return {
      provider: providerId,
      ...model,
      ...(source === "profile"
        ? { profileId: member.profile, label: member.profile }
        : { label: source }),
      source,
      mode: member.credential.type
    }
  }
  if (modelId === undefined || !speaksMessages(config, providerId)) {
    const why =
      modelId === undefined
        ? { status: "no_model" as const, error: "no model of this provider is configured" }
        : { status: "unknown" as const, error: "clawdbot cannot send requests to this provider" }
    return {
      settled: [...excluded, ...members.map((member) => ({ ...commonOf(member), ...why }))],
      targets: []
    }
  }
  return {
    settled: excluded,
    targets: members.map((member) => ({
      ...commonOf(member),
      providerId,
      profile: member.profile,
      modelId
    }))
  }
}

/** The plan over all providers. `kinds` are the stored profiles. */
export const plan = (facts: {
  readonly config: Config
  readonly catalog: ModelCatalog
  readonly options: ProbeOptions
  readonly rosters: ReadonlyArray<Roster>
  readonly kinds: ReadonlyMap<string, Credential.Kind>
}): ProbePlan => {
  const { catalog, config, kinds, options, rosters } = facts
  const only = ifDefined(options.provider, ProviderId.normalize)
  const plans = rosters
    .filter((roster) => only === undefined || roster.provider === only)
    .map((roster) => planFor(config, catalog, options, roster, kinds))
  return {
    settled: plans.flatMap(({ settled }) => settled),
    targets: plans.flatMap(({ targets }) => targets)
  }
}

/** What is in the way; where no response came at all, with the command that finds out why. */
const problemOf = ({
  class: failureClass,
  message = failureClass,
  status
}: Pick<UpstreamFailure, "class" | "message" | "status">): string => {
  if (status === undefined) return `${message}; to find the cause: ${findUnreachable}`
  return `HTTP ${status}: ${message}`
}

/** A refusal in the words of the document. */
export const refused = (
  failure: Pick<UpstreamFailure, "class" | "message" | "status">
): Pick<ProbeResult, "status" | "class" | "error"> => ({
  status: traitsOf(failure.class).probe,
  class: failure.class,
  error: problemOf(failure)
})

/** What a target and its outcome give together. */
export const resultFor = (
  { modelId: _modelId, profile: _profile, providerId: _providerId, ...common }: ProbeTarget,
  outcome: Pick<ProbeResult, "status" | "class" | "error" | "latencyMs">
): ProbeResult => ({ ...common, ...outcome })
