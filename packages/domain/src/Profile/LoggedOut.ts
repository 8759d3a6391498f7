/**
 * A credential that was logged out and is kept aside, so that it can be restored until it is purged
 * (`models auth logout`), as data and as the text of its file. Pure.
 */
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { ProfileMode } from "../Config/Config.ts"
import * as Credential from "./Credential.ts"
import type { ProfileDocument } from "./ProfileDocument.ts"
import * as Document from "./ProfileDocument.ts"
import * as ProfileId from "./ProfileId.ts"

/**
 * What is kept: the credential, and what went out of the store's order and of the config with it.
 */
export interface LoggedOut {
  readonly profile: ProfileId.ProfileId
  readonly credential: Credential.Credential
  /** When it was logged out, epoch ms. */
  readonly at: number
  /** Its place in the agent's own order, from 0, where it had one. */
  readonly place?: number
  /**
   * The mode of the config entry that was the consent to follow Claude Code's login (decision D2).
   */
  readonly consent?: ProfileMode
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const isMode = Schema.is(ProfileMode)

/** The value to write; it holds the secret. */
export const encode = ({
  credential,
  ...rest
}: LoggedOut): Redacted.Redacted<Readonly<Record<string, unknown>>> =>
  Redacted.make({ version: 1, ...rest, credential: Redacted.value(Credential.encode(credential)) })

/** A parsed file; nothing where it is none. */
export const decode = (value: unknown): Option.Option<LoggedOut> => {
  if (!isRecord(value) || typeof value.profile !== "string" || value.profile === "")
    return Option.none()
  const credential = Credential.decode(value.credential)
  if (Either.isLeft(credential)) return Option.none()
  return Option.some({
    profile: ProfileId.of(value.profile),
    credential: credential.right,
    at: typeof value.at === "number" ? value.at : 0,
    ...(typeof value.place === "number" ? { place: value.place } : {}),
    ...(isMode(value.consent) ? { consent: value.consent } : {})
  })
}

/** The place of a profile in the agent's own order; undefined where it has none. */
export const placeIn = (
  document: ProfileDocument,
  profile: ProfileId.ProfileId
): number | undefined => {
  const place = [...document.order.values()]
    .map((ids) => ids.indexOf(profile))
    .find((index) => index >= 0)
  return place
}

/** The store with the credential back, in its place of the order if it had one. */
export const restored = (
  document: ProfileDocument,
  { credential, place, profile }: LoggedOut
): ProfileDocument => {
  const next = Document.set(document, profile, credential)
  if (place === undefined) return next
  const order = document.order.get(credential.provider) ?? []
  return order.includes(profile)
    ? next
    : Document.setOrder(next, credential.provider, order.toSpliced(place, 0, profile))
}
