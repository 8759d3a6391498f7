/** Decisions about Claude Code's login that a person sees the result of. Pure. */
import * as Either from "effect/Either"
import type { Config } from "../Config/Config.ts"
import * as Credential from "../Profile/Credential.ts"
import * as ProfileId from "../Profile/ProfileId.ts"

/** Whether the person agreed that Claude Code's login is used (decision D2). */
export const isAdopted = (config: Config): boolean =>
  config.auth?.profiles?.[ProfileId.claudeCode] !== undefined

/** What was read of Claude Code's login. */
type Read = Either.Either<Credential.OAuth | Credential.Token, unknown>

const fingerprint = (read: Read): string | undefined =>
  Either.isRight(read) ? Credential.secretFingerprint(read.right) : undefined

/**
 * The login that Claude Code stored between two looks; undefined where it stored none, and printed
 * a token instead.
 */
export const storedBetween = (
  before: Read,
  after: Read
): Credential.OAuth | Credential.Token | undefined => {
  if (Either.isLeft(after) || fingerprint(after) === fingerprint(before)) return undefined
  return after.right
}
