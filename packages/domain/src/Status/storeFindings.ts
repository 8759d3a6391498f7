/** Findings about stores: broken, of another version, or where an older version left them. */
import * as Either from "effect/Either"
import * as FileProblem from "../Document/fileProblem.ts"
import { shorten } from "../Environment/StatePaths.ts"
import type { ProfileStoreError } from "../Profile/ProfileError.ts"
import type { StoreNotice } from "../Profile/StoreNotice.ts"
import { shellWord } from "../Text/shellWord.ts"
import type { Facts } from "./DoctorFacts.ts"
import { type Finding, finding, type Severity } from "./Finding.ts"
import { secretsInside } from "./permissionFindings.ts"

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
        FileProblem.lockCure(error.lockPath)
      )
    case "StoreMoved":
      return finding(
        "store-moved",
        "problem",
        error.message,
        "no command uses the credentials in this folder, so that no login is used twice",
        error.cure
      )
    case "StoreUnavailable":
      return finding(
        "store-unavailable",
        "problem",
        error.message,
        "the agent's credentials cannot be used",
        FileProblem.cure(error)
      )
  }
}

/** A shared store that no command can read credentials from: there is nothing worse. */
export const ofSharedStore = ({ unopenedStore }: Facts): ReadonlyArray<Finding> => {
  if (unopenedStore === undefined) return []
  return [
    finding(
      "store-unopened",
      "problem",
      `the shared store cannot be opened: ${unopenedStore.message}`,
      "no command has credentials and no gateway starts until it can be; " +
        "the credentials in it were not looked at",
      unopenedStore.cure
    )
  ]
}

/** What a notice means for a person, and what can be done about it. */
export const ofNotice = ({ kind, text }: StoreNotice, path: string): Finding => {
  const told = (severity: Severity, why: string, fix: string) =>
    finding("store-notice", severity, text, why, fix)
  const word = shellWord(path)
  switch (kind) {
    case "open":
      return told("warning", secretsInside, `as the owner of the file: chmod 600 ${word}`)
    case "closed":
      return told(
        "note",
        `${secretsInside}; until now other users could read them`,
        "nothing, if only you use this machine; otherwise replace the credentials"
      )
    case "restored":
      return told(
        "warning",
        "the file differs from what clawdbot wrote",
        `check whether another program writes ${word}`
      )
    case "unreadable":
      return told(
        "warning",
        "requests are sent without it",
        `correct it in ${path}, or store it again: clawdbot models auth paste-token`
      )
    case "imported":
      return told("note", "an older version kept them there", "nothing: they are stored here now")
    case "unmarked":
      return told(
        "warning",
        "it is imported again as soon as this store has no credentials",
        "move the file away, or make it writable for this user"
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
    const { notices, path } = store.right
    return notices.map((notice) => ofNotice(notice, path))
  })
  return [...folder, ...stores]
}
