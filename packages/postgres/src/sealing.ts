/**
 * Secrets as the database holds them: AES-256-GCM, bound to the place they stand in, so that a row
 * that is moved to another name does not open. Pure but for the random numbers.
 */
import { createCipheriv, createDecipheriv, createHmac, randomBytes } from "node:crypto"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"

const algorithm = "aes-256-gcm"
const ivBytes = 12
const tagBytes = 16

/** Where a secret stands: the table, then what names the row. */
export type Place = readonly [table: string, ...row: ReadonlyArray<string>]

/** A unit separator keeps `a` + `bc` and `ab` + `c` apart. */
const bound = (place: Place): Buffer => Buffer.from(place.join("\x1f"), "utf8")

/** Seals bytes: iv, tag, then what was enciphered. */
export const sealBytes = (key: Redacted.Redacted<Buffer>, clear: Buffer, place: Place): Buffer => {
  const iv = randomBytes(ivBytes)
  const cipher = createCipheriv(algorithm, Redacted.value(key), iv)
  cipher.setAAD(bound(place))
  const body = Buffer.concat([cipher.update(clear), cipher.final()])
  return Buffer.concat([iv, cipher.getAuthTag(), body])
}

/** Opens what {@link sealBytes} sealed for this place, and nothing else. */
export const openBytes = (
  key: Redacted.Redacted<Buffer>,
  sealed: Buffer,
  place: Place
): Either.Either<Redacted.Redacted<Buffer>, "NotOpened"> => {
  if (sealed.byteLength < ivBytes + tagBytes) return Either.left("NotOpened")
  const decipher = createDecipheriv(algorithm, Redacted.value(key), sealed.subarray(0, ivBytes))
  decipher.setAAD(bound(place))
  decipher.setAuthTag(sealed.subarray(ivBytes, ivBytes + tagBytes))
  return Either.try({
    try: () =>
      Redacted.make(
        Buffer.concat([decipher.update(sealed.subarray(ivBytes + tagBytes)), decipher.final()])
      ),
    catch: () => "NotOpened"
  })
}

/**
 * What stands for a refresh token in the database, so that rows can be found by it. The fingerprint
 * itself must not stand there: it is meant for files beside the secret, and can be reversed.
 */
export const refreshMark = (key: Redacted.Redacted<Buffer>, fingerprint: string): string =>
  createHmac("sha256", Redacted.value(key)).update(fingerprint).digest("hex").slice(0, 32)
