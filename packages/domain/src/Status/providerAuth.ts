import * as AmbientKey from "../Auth/AmbientKey.ts"
import { defined, ifDefined } from "../Document/defined.ts"
import { shorten } from "../Environment/StatePaths.ts"
import * as Credential from "../Profile/Credential.ts"
import type * as ProviderId from "../Profile/ProviderId.ts"
import * as Secret from "../Profile/Secret.ts"
import { textOf } from "../Text/textIf.ts"
import type * as Status from "./AuthStatus.ts"
import * as Duration from "./duration.ts"
import type { StatusFacts, StoredProfile } from "./StatusFacts.ts"

export const emailOf = (facts: StatusFacts, known: StoredProfile): string | undefined =>
  facts.config.config.auth?.profiles?.[known.profile]?.email ?? known.credential.email

const labelOf = (
  facts: StatusFacts,
  known: StoredProfile,
  unusable: ReadonlyMap<string, Status.UnusableProfile>
): string => {
  const email = emailOf(facts, known)
  const shown = ((): string => {
    switch (known.credential.type) {
      case "api_key":
        return Secret.mask(known.credential.key)
      case "token":
        return `token:${Secret.mask(known.credential.token)}`
      case "oauth":
        if (email === undefined) return "OAuth"
        return `OAuth (${email})`
    }
  })()
  const rest = unusable.get(known.profile)
  const why = rest?.kind === "disabled" ? rest.reason : undefined
  const reason = textOf(why, (why) => `:${why}`)
  return `${known.profile}=${shown}${textOf(
    rest,
    (rest) => ` [${rest.kind}${reason} ` + `${Duration.short(rest.remainingMs)}]`
  )}`
}

const sourceOf = (key: AmbientKey.AmbientKey): string => {
  if (key.origin._tag === "Config") return key.origin.path
  if (key.origin.source._tag === "SdkProfile") return `SDK: ${key.origin.source.file}`
  return `${key.origin.source._tag === "LoginShell" ? "shell env" : "env"}: ${key.origin.name}`
}

const maskOf = ({ credential, origin }: AmbientKey.AmbientKey): string => {
  if (credential.type !== "api_key" && origin._tag === "Environment") return "OAuth (env)"
  return Secret.mask(Credential.secret(credential))
}

/** The real selection (D21): what would answer now, or first once its rest is over. */
const effective = (
  facts: StatusFacts,
  provider: ProviderId.ProviderId,
  keys: ReadonlyArray<AmbientKey.AmbientKey>
): Status.EffectiveAuth => {
  const explanation = facts.explain(provider)
  const answering = explanation.chosen ?? explanation.candidates[0]?.profile
  if (answering === undefined) return { kind: "missing", detail: "missing" }
  const key = keys.find((candidate) => candidate.profile === answering)
  if (key === undefined) return { kind: "profiles", detail: shorten(facts.paths, facts.storePath) }
  return { kind: key.origin._tag === "Environment" ? "env" : "models.json", detail: maskOf(key) }
}

export const providerAuth = (
  facts: StatusFacts,
  provider: ProviderId.ProviderId,
  unusable: ReadonlyMap<string, Status.UnusableProfile>
): ReadonlyArray<Status.ProviderAuth> => {
  const own = facts.known.filter((known) => known.credential.provider === provider)
  const keys = AmbientKey.inForce(
    AmbientKey.find(facts.config.config, facts.config.environment, provider),
    own.length > 0
  )
  if (own.length === 0 && keys.length === 0) return []
  const count = (kind: Credential.Kind) =>
    own.filter((known) => known.credential.type === kind).length
  const env = keys.find((key) => key.origin._tag === "Environment")
  const config = keys.find((key) => key.origin._tag === "Config")
  return [
    {
      provider,
      effective: effective(facts, provider, keys),
      profiles: {
        count: own.length,
        oauth: count("oauth"),
        token: count("token"),
        apiKey: count("api_key"),
        labels: own.map((known) => labelOf(facts, known, unusable))
      },
      ...defined({
        env: ifDefined(env, (env) => ({ value: maskOf(env), source: sourceOf(env) })),
        modelsJson: ifDefined(config, (config) => ({
          value: maskOf(config),
          source: `models.json: ${shorten(facts.paths, `${facts.agentDir}/models.json`)}`
        }))
      })
    }
  ]
}
