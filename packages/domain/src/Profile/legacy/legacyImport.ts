/** Stores of older versions as profiles (docs/formats.md). Pure. */

import { isObject } from "@clawdbot/json5-edit/JsonValue"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { atFirstUse } from "../../Document/atFirstUse.ts"
import { lazily } from "../../Document/lazily.ts"
import * as Lenient from "../../Document/lenient.ts"
import * as Credential from "../Credential.ts"
import * as ProfileId from "../ProfileId.ts"
import * as ProviderId from "../ProviderId.ts"

/** Imported profiles by id, in file order. */
export type Imported = ReadonlyMap<ProfileId.ProfileId, Credential.Credential>

/** A field that is taken over as it stands: what it means, the credential's own schema says. */
const asItStands = Schema.optional(Schema.Unknown)
const common = { provider: Lenient.optional(Schema.String), email: asItStands }

/**
 * What each kind of record is known to hold; everything else in `auth.json` belongs to the program
 * that wrote it.
 */
const AuthJsonRecord = lazily(() =>
  Lenient.oneOf(
    Schema.Struct({ type: Schema.Literal("api_key"), ...common, key: asItStands }),
    Schema.Struct({
      type: Schema.Literal("token"),
      ...common,
      token: asItStands,
      expires: asItStands
    }),
    Schema.Struct({
      type: Schema.Literal("oauth"),
      ...common,
      access: asItStands,
      refresh: asItStands,
      expires: asItStands,
      enterpriseUrl: asItStands,
      projectId: asItStands,
      accountId: asItStands,
      clientId: asItStands
    })
  )
)

/** A login of `oauth.json`; all its fields are taken over. */
const OAuthJsonRecord = lazily(() =>
  Lenient.open(
    Schema.Struct({
      type: Schema.optionalWith(Schema.Unknown, { default: () => "oauth" }),
      provider: Lenient.optional(Schema.String)
    })
  )
)

const ProviderName = lazily(() => Schema.String.pipe(Schema.filter((name) => name.trim() !== "")))

/** The records of a file by the provider they stand under, as credentials. */
const importer = <A extends { readonly provider?: string | undefined }, I>(
  record: Schema.Schema<A, I>
): ((value: unknown) => Imported) => {
  const decode = atFirstUse(() => Schema.decodeUnknownOption(Lenient.map(ProviderName, record)))
  return (value) => {
    const imported = new Map<ProfileId.ProfileId, Credential.Credential>()
    for (const [name, fields] of Option.getOrElse(decode(value), () => new Map<string, A>())) {
      const id = ProfileId.of(`${ProviderId.normalize(name)}:default`)
      const provider = ProviderId.normalize(fields.provider ?? name)
      const credential = Credential.decode({ ...fields, provider })
      if (Either.isRight(credential) && !imported.has(id)) imported.set(id, credential.right)
    }
    return imported
  }
}

const authJson = importer(AuthJsonRecord)

/**
 * `auth.json`: credentials by provider. A file that has `profiles` is none. Only known fields are
 * taken over.
 */
export const fromAuthJson = (value: unknown): Imported => {
  if (isObject(value) && "profiles" in value) return new Map()
  return authJson(value)
}

/** `oauth.json`: logins by provider. All fields are taken over. */
export const fromOAuthJson: (value: unknown) => Imported = importer(OAuthJsonRecord)
