/**
 * The sentences of the user's page in errors (decision D49). A store's path is named only where the
 * reader is the person whose machine it is on.
 */
import { listOf } from "../Document/listIf.ts"
import { textOf } from "../Text/textIf.ts"
import type { Explanation } from "./Explanation.ts"

/** What such a sentence is about. */
export interface Missing {
  /** The profile that was asked for; absent when the whole chain was tried. */
  readonly profile?: string | undefined
  readonly provider: string
  readonly agent: string
  readonly explanation: Pick<Explanation, "rejected">
}

const place = (agent: string, storePath: string | undefined): string =>
  `(agent "${agent}"${textOf(storePath, (path) => `, store ${path}`)})`

/** Nothing is configured. */
export const noApiKey = (
  { agent, provider }: Pick<Missing, "agent" | "provider">,
  storePath: string | undefined
): string => `No API key found for provider "${provider}" ${place(agent, storePath)}`

const namesOf = ({ explanation: { rejected }, profile, provider }: Missing): string => {
  if (profile !== undefined) return `profile "${profile}"`
  if (rejected.length === 0) return `provider "${provider}"`
  return `profiles ${rejected.map((one) => `"${one.profile}" (${one.reason})`).join(", ")}`
}

/** Something is configured, and none of it can be used. */
export const noCredentials = (missing: Missing, storePath: string | undefined): string =>
  `No credentials found for ${namesOf(missing)} ${place(missing.agent, storePath)}`

/** Every credential is cooling down. */
export const allInCooldown = (
  provider: string,
  { candidates }: Pick<Explanation, "candidates">
): string => {
  const names = candidates.map(({ profile }) => profile).join(", ")
  return `No available auth profile for ${provider} (all in cooldown/unavailable): ${names}`
}

/** What lets the profiles that are there be used again, where that is known, each once. */
export const curesOf = (missing: Missing): ReadonlyArray<string> => [
  ...new Set(concerned(missing).flatMap(({ cure }) => listOf(cure, (cure) => [cure])))
]

/** Why the profile that was asked for cannot be used; without one, why each cannot. */
export const concerned = ({ explanation, profile: asked }: Missing): Explanation["rejected"] =>
  explanation.rejected.filter(({ profile }) => asked === undefined || profile === asked)
