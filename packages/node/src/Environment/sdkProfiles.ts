/**
 * The profile that the provider's SDK would use (`~/.config/anthropic`): a config in `configs` and
 * a token in `credentials`, both by its name. It is only read: the SDK refreshes the token, and a
 * refresh by two programs would end the login.
 */

import * as path from "node:path"
import { atFirstUse } from "@clawdbot/domain/Document/atFirstUse"
import { lazily } from "@clawdbot/domain/Document/lazily"
import type { Variable } from "@clawdbot/domain/Environment/Environment"
import * as ProfileId from "@clawdbot/domain/Profile/ProfileId"
import * as Json from "@clawdbot/json5-edit/Json"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import type { Disk } from "../File/Disk.ts"
import { PosixFiles } from "../File/PosixFiles.ts"
import { maxBytes, readIfPresent } from "../File/readDocument.ts"

/** What was found, and the files that say so, missing ones included. */
export interface Found {
  readonly profiles: ReadonlyMap<string, Variable>
  readonly files: ReadonlyArray<string>
  /** Their texts, to notice a change. */
  readonly texts: Redacted.Redacted
}

/** Whether two readings found the same. */
export const equals = (one: Found, other: Found): boolean =>
  Redacted.value(one.texts) === Redacted.value(other.texts)

const Profile = lazily(() =>
  Schema.Struct({
    authentication: Schema.Struct({
      type: Schema.Literal("user_oauth", "oidc_federation"),
      credentials_path: Schema.optional(Schema.NullOr(Schema.String))
    }),
    base_url: Schema.optional(Schema.NullOr(Schema.String)),
    workspace_id: Schema.optional(Schema.NullOr(Schema.String))
  })
)

const Token = lazily(() =>
  Schema.Struct({
    access_token: Schema.Redacted(Schema.NonEmptyString),
    /** In epoch seconds. */
    expires_at: Schema.optional(Schema.NullOr(Schema.Number))
  })
)

const decodeProfile = atFirstUse(() => Schema.decodeUnknownEither(Profile))
const decodeToken = atFirstUse(() => Schema.decodeUnknownEither(Token))

type Variables = Readonly<Record<string, string>>

/** Names as the SDK takes them: they become names of files. */
const isName = (name: string): boolean => /^[A-Za-z0-9_.-]+$/.test(name) && !/^\.\.?$/.test(name)

const configFolder = (variables: Variables, home: string): string => {
  const {
    ANTHROPIC_CONFIG_DIR: own = "",
    APPDATA: roaming = "",
    XDG_CONFIG_HOME: xdg = ""
  } = variables
  if (own !== "") return own
  if (process.platform === "win32")
    return path.join(roaming || path.join(home, "AppData", "Roaming"), "Anthropic")
  return path.join(xdg || path.join(home, ".config"), "anthropic")
}

const textOf = (file: string): Effect.Effect<string | undefined, never, Disk> =>
  Effect.gen(function* () {
    // Most people have none of these files, and every command looks for them several times.
    if (!(yield* (yield* PosixFiles).existsNow(file))) return undefined
    return yield* Effect.match(readIfPresent(file, maxBytes.settings), {
      // What cannot be read is no credential; the SDK says what is wrong with it.
      onFailure: () => "",
      onSuccess: (document) => document?.text
    })
  })

/** The profile's variable, from the texts of its files. */
const variableOf = (
  file: string,
  profile: typeof Profile.Type,
  tokenText: string | undefined
): Variable => {
  const decoded = Json.parse(tokenText ?? "").pipe(
    Either.flatMap(decodeToken),
    Either.getOrUndefined
  )
  const { authentication, base_url: baseUrl, workspace_id: workspace } = profile
  const problem = () => {
    if (decoded === undefined) return "no token"
    // The token of a federation is bound to its workspace; a login's needs a header that says it.
    if (workspace && authentication.type === "user_oauth") return "a login for one workspace"
    return undefined
  }
  const seconds = decoded?.expires_at ?? undefined
  return {
    value: decoded?.access_token ?? Redacted.make(""),
    source: {
      _tag: "SdkProfile",
      file,
      expiresAt: seconds === undefined ? undefined : seconds * 1_000,
      baseUrl: baseUrl ?? undefined,
      problem: problem()
    }
  }
}

/** Finds it by the variables that the person set. */
export const read = (variables: Variables, home: string): Effect.Effect<Found, never, Disk> =>
  Effect.gen(function* () {
    const folder = configFolder(variables, home)
    const activeFile = path.join(folder, "active_config")
    const named = variables.ANTHROPIC_PROFILE ?? ""
    const active = named === "" ? yield* textOf(activeFile) : undefined
    const name = named || active?.trim() || "default"
    if (!isName(name)) return { profiles: new Map(), files: [], texts: Redacted.make("") }
    const configFile = path.join(folder, "configs", `${name}.json`)
    const text = yield* textOf(configFile)
    const profile = Json.parse(text ?? "").pipe(
      Either.flatMap(decodeProfile),
      Either.getOrUndefined
    )
    const tokenFile =
      profile?.authentication.credentials_path ?? path.join(folder, "credentials", `${name}.json`)
    const token = profile === undefined ? undefined : yield* textOf(tokenFile)
    const profiles = new Map<string, Variable>()
    if (profile !== undefined)
      profiles.set(ProfileId.ofSdkProfile(name), variableOf(tokenFile, profile, token))
    return {
      profiles,
      files: [activeFile, configFile, tokenFile],
      texts: Redacted.make(JSON.stringify([name, text, tokenFile, token]))
    }
  })
