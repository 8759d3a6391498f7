/** Why a copy of a login is not used (decision D36), and what cures it. Pure. */

import type { AgentId } from "../Agent/AgentId.ts"
import type { CopyStatus, LoginCopy } from "../OAuth/LoginCopies.ts"
import type { Credential } from "../Profile/Credential.ts"
import type { ProfileId } from "../Profile/ProfileId.ts"
import { loginCure } from "../Status/loginCure.ts"
import { shellWord } from "../Text/shellWord.ts"
import type { Rejected } from "./Explanation.ts"

/** A stored credential, and what it is beside its copies in other stores. */
interface Held {
  readonly owner: AgentId
  readonly profile: ProfileId
  readonly credential: Credential
  readonly copy?: CopyStatus | undefined
}

const superseded = ({ owner, profile }: Held, by: LoginCopy): Rejected => {
  const reason = "superseded"
  if (by.owner === owner)
    return { profile, reason, detail: `${by.profile} is a newer copy of the same login` }
  return {
    profile,
    reason,
    detail:
      `agent ${by.owner} has a newer copy of this login; agent ${owner} can use it ` +
      "through inheritFrom",
    cure: `clawdbot agents add ${shellWord(owner)} --inherit-from ${shellWord(by.owner)}`
  }
}

/** A login that the provider ended, for the cause that is named. */
export const loginEnded = ({ credential, owner, profile }: Held, cause: string): Rejected => ({
  profile,
  reason: "login ended",
  detail: cause,
  cure: loginCure({ agent: owner, profile, provider: credential.provider })
})

/** What a person is asked about two logins of one name. */
export const whoseLogin = (agent: string, profile: string): string => {
  const which = `${shellWord(profile)} --agent ${shellWord(agent)}`
  return (
    `if it is a different login: clawdbot models auth different ${which}; if it is the ` +
    `same: clawdbot models auth same ${which}`
  )
}

/** An unclear copy whose access token has ended. */
export const unclear = (
  { owner, profile }: Pick<Held, "owner" | "profile">,
  beside: LoginCopy
): Rejected => ({
  profile,
  reason: "unclear",
  detail:
    `it has expired and is not refreshed: agent ${beside.owner} has a newer login under ` +
    "this name, and it is unknown whether both belong to one account",
  cure: whoseLogin(owner, profile)
})

/** Why a copy is not used at any time; undefined where it is, or is for a while. */
export const copyRejection = (held: Held): Rejected | undefined => {
  switch (held.copy?._tag) {
    case "Superseded":
      return superseded(held, held.copy.by)
    case "Ended":
      return loginEnded(held, held.copy.cause)
    default:
      return undefined
  }
}
