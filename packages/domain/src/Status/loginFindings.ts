/**
 * What `clawdbot doctor` finds about logins: those that ended, and those that stand in several
 * stores (decision D36). Pure.
 */

import { whoseLogin } from "../Auth/copyRejection.ts"
import { listIf } from "../Document/listIf.ts"
import type { CopyStatus, LoginCopy } from "../OAuth/LoginCopies.ts"
import { shellWord } from "../Text/shellWord.ts"
import { textIf, textOf } from "../Text/textIf.ts"
import * as EpochMs from "../Time/EpochMs.ts"
import { isUnavailable } from "./availabilityFindings.ts"
import type { Facts } from "./DoctorFacts.ts"
import type { Finding } from "./Finding.ts"
import { loginCure } from "./loginCure.ts"

const named = ({ owner, profile }: LoginCopy): string => `${profile} of agent ${owner}`

/** Whether an agent uses what another one stores already. */
const inherits = (facts: Facts, agent: string, from: string): boolean =>
  facts.agents.some((one) => one.agent.id === agent && one.agent.inheritFrom === from)

const superseded = (facts: Facts, copy: LoginCopy, by: LoginCopy): Finding => {
  const { owner, profile } = copy
  const share = listIf(
    !(owner === by.owner || inherits(facts, owner, by.owner)),
    `to let agent ${owner} use the newer one: clawdbot agents add ${shellWord(owner)} ` +
      `--inherit-from ${shellWord(by.owner)}`
  )
  return {
    id: "login-superseded",
    severity: "warning",
    what: `${named(copy)} is an older copy of the login stored as ${named(by)}`,
    why:
      "it is neither used nor refreshed: its refresh token was already used, and using " +
      "it again would end the login",
    fix: "to remove it: clawdbot doctor --fix",
    alternatives: share,
    details: [],
    repair: { _tag: "TakeOutCopy", agent: owner, profile, fingerprint: copy.fingerprint }
  }
}

const unclear = (copy: LoginCopy, beside: LoginCopy): Finding => {
  const { expires } = copy.credential
  const until = textIf(expires > 0, ` until ${EpochMs.toIso(expires)}`)
  return {
    id: "login-unclear",
    severity: "warning",
    what:
      `${named(copy)} and ${named(beside)} may be one login or two: they do not name ` +
      "their accounts",
    why:
      "if they are one, refreshing the older would end both, so the older is " +
      `used${until} but not refreshed`,
    fix: whoseLogin(copy.owner, copy.profile),
    details: []
  }
}

const findingOf = (facts: Facts, copy: LoginCopy, status: CopyStatus): ReadonlyArray<Finding> => {
  switch (status._tag) {
    case "Superseded":
      return [superseded(facts, copy, status.by)]
    case "Unclear":
      return [unclear(copy, status.beside)]
    // Told with everything else that keeps an agent's profiles from being used.
    case "Ended":
    case "Newest":
      return []
  }
}

/** Logins that the provider ended, where others are used; else {@link isUnavailable} says it. */
const ofEnded = (facts: Facts): ReadonlyArray<Finding> =>
  facts.agents.flatMap(({ agent, status }) => {
    if (status === undefined || isUnavailable(status)) return []
    return status.auth.explanation.rejected.flatMap(
      ({ cure, detail, profile, reason }): ReadonlyArray<Finding> => {
        if (reason !== "login ended") return []
        return [
          {
            id: "login-ended",
            severity: "problem",
            what:
              `${profile} of agent ${agent.id}: sign-in required, because the login ` +
              `has ended${textOf(detail, (detail) => ` (${detail})`)}`,
            why: "it is no longer used; nothing was deleted",
            fix: cure ?? loginCure({ agent: agent.id, profile, provider: "anthropic" }),
            details: []
          }
        ]
      }
    )
  })

/** Copies that are in step: only one of them can be renewed by a program that knows of one. */
const ofCopiesInStep = ({ copies }: Facts): ReadonlyArray<Finding> => {
  const places = new Map<string, Array<string>>()
  for (const copy of copies.copies)
    places.set(copy.fingerprint, [...(places.get(copy.fingerprint) ?? []), named(copy)])
  return [...places.values()]
    .filter((found) => found.length > 1)
    .map((found) => ({
      id: "login-copied",
      severity: "note",
      what: `one login is stored several times: ${found.join(", ")}`,
      why:
        "clawdbot refreshes all copies together, but another program that refreshes one " +
        "of them ends the others",
      fix:
        'keep one, and let the other agents use it with "auth": { "inheritFrom": "<id>" } in ' +
        "agents.list",
      details: []
    }))
}

/** The profiles of an agent about whose end a finding of {@link ofLogins} says more. */
export const loginsWithFindings = (facts: Facts, agent: string): ReadonlySet<string> =>
  new Set([
    ...facts.agents.flatMap(({ agent: one, status }) => {
      if (one.id === agent)
        return (status?.auth.explanation.rejected ?? []).flatMap(({ profile, reason }) =>
          listIf(reason === "login ended", profile)
        )
      return []
    }),
    ...facts.copies.copies.flatMap((copy) => {
      if (copy.owner === agent && findingOf(facts, copy, facts.copies.statusOf(copy)).length > 0)
        return [copy.profile]
      return []
    })
  ])

/** The findings about logins. */
export const ofLogins = (facts: Facts): ReadonlyArray<Finding> => [
  ...ofEnded(facts),
  ...facts.copies.copies.flatMap((copy) => findingOf(facts, copy, facts.copies.statusOf(copy))),
  ...ofCopiesInStep(facts)
]
