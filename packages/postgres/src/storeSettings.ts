/**
 * How a config's store is reached and what its secrets are sealed under. Addresses and keys come
 * from the config, a variable, a file or a command, and are redacted from there on; they are never
 * an argument of anything.
 */
import { execFile } from "node:child_process"
import type { ConfigSnapshot } from "@clawdbot/domain/Config/ConfigStore"
import { defaults } from "@clawdbot/domain/Config/defaults"
import type { StoreConfig } from "@clawdbot/domain/Config/StoreConfig"
import * as Environment from "@clawdbot/domain/Environment/Environment"
import { type Paths, resolve } from "@clawdbot/domain/Environment/StatePaths"
import { textOf } from "@clawdbot/domain/Text/textIf"
import { maxBytes, readDocument } from "@clawdbot/node/File/readDocument"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as ConnectionUrl from "./connectionUrl.ts"
import type { DatabaseOptions } from "./Database.ts"
import { StoreKeyUnusable, StoreUrlUnusable } from "./StoreError.ts"
import * as StoreKey from "./storeKey.ts"

/** A command that gives an address or a key may take so long, in ms. */
const commandTimeoutMs = 10_000

/** How the database of a config is reached. */
export interface StoreSettings {
  readonly database: DatabaseOptions
  /** Where notices are listened to, where that is not the same address. */
  readonly listenOn: ConnectionUrl.ConnectionUrl | undefined
}

/** A secret that was found, and where. */
interface Found {
  readonly text: Redacted.Redacted
  readonly source: string
}

/** Why a secret could not be had from where it should come. */
interface Problem {
  readonly source: string
  readonly problem: string
}

/** The places a secret may come from. */
interface Places {
  /** The key of the config whose value it is, with that value; no key is one. */
  readonly literal?: readonly [key: string, value: Redacted.Redacted | undefined]
  readonly file: readonly [key: string, value: string | undefined]
  readonly command: readonly [key: string, value: ReadonlyArray<string> | undefined]
  readonly variable: string
}

/** A key of the config with its place, as people find it. */
const placed = (snapshot: ConfigSnapshot, key: string): string => {
  const source = snapshot.source(key.split("."))
  if (!("place" in source)) return key
  const { column, file, line } = source.place
  return `${key} in ${file}${textOf(line, (at) => `:${at}:${column ?? 1}`)}`
}

const fromFile = (paths: Paths, source: string, file: string) =>
  readDocument(resolve(paths, file), maxBytes.settings).pipe(
    Effect.map(({ text }): Found => ({ text: Redacted.make(text.trim()), source })),
    Effect.mapError(
      ({ code }): Problem => ({ source, problem: `the file ${file} cannot be read (${code})` })
    )
  )

/** What a command prints; what it says of itself is not shown: it may quote the secret. */
const fromCommand = (source: string, [program = "", ...args]: ReadonlyArray<string>) =>
  Effect.async<Found, Problem>((resume) => {
    const child = execFile(
      program,
      args,
      { timeout: commandTimeoutMs, maxBuffer: 64 * 1024, windowsHide: true },
      (failure, stdout) => {
        if (failure === null)
          return resume(Effect.succeed({ text: Redacted.make(stdout.trim()), source }))
        const why = failure.killed === true ? "did not end in time" : `failed (${failure.code})`
        return resume(Effect.fail({ source, problem: `the command ${program} ${why}` }))
      }
    )
    child.stdin?.end()
    return Effect.sync(() => void child.kill())
  })

/** A secret from the one place that the config names, else from its variable. */
const find = (snapshot: ConfigSnapshot, paths: Paths, places: Places) =>
  Effect.gen(function* () {
    const [literalKey = "", literal] = places.literal ?? []
    const [fileKey, file] = places.file
    const [commandKey, command] = places.command
    const named = [
      [literalKey, literal],
      [fileKey, file],
      [commandKey, command]
    ].flatMap(([key, value]) => (value === undefined ? [] : [String(key)]))
    const [first, second] = named
    if (first !== undefined && second !== undefined)
      return yield* Effect.fail<Problem>({
        source: placed(snapshot, second),
        problem: `${first} is set as well`
      })
    if (literal !== undefined) return { text: literal, source: placed(snapshot, literalKey) }
    if (file !== undefined) return yield* fromFile(paths, placed(snapshot, fileKey), file)
    if (command !== undefined) return yield* fromCommand(placed(snapshot, commandKey), command)
    const variable = Environment.lookup(snapshot.environment, places.variable)
    // A stranger's `.env` in the working folder must not choose where credentials go.
    if (Option.isNone(variable) || !Environment.isTrusted(variable.value))
      return yield* Effect.fail<Problem>({ source: places.variable, problem: "it is not set" })
    return { text: variable.value.value, source: places.variable }
  })

const urlCorrection =
  "clawdbot config set store.urlFile FILE, or set CLAWDBOT_STORE_URL, with an address such as " +
  "postgres://user:password@db.example:5432/clawdbot?sslmode=verify-full"

/** How the database that the section `store` names is reached. */
export const read = (snapshot: ConfigSnapshot, paths: Paths) =>
  Effect.gen(function* () {
    const store: StoreConfig = snapshot.config.store ?? {}
    const found = yield* find(snapshot, paths, {
      literal: ["store.url", store.url],
      file: ["store.urlFile", store.urlFile],
      command: ["store.urlCommand", store.urlCommand],
      variable: "CLAWDBOT_STORE_URL"
    }).pipe(
      Effect.mapError((found) => new StoreUrlUnusable({ ...found, correction: urlCorrection }))
    )
    const connection = yield* ConnectionUrl.check(found.text, found.source)
    const listenOn =
      store.listenUrl === undefined
        ? undefined
        : yield* ConnectionUrl.check(store.listenUrl, placed(snapshot, "store.listenUrl"))
    const settings: StoreSettings = {
      database: {
        connection,
        schema: store.schema ?? defaults["store.schema"],
        poolSize: store.poolSize ?? defaults["store.poolSize"],
        pooler: store.pooler ?? defaults["store.pooler"]
      },
      listenOn
    }
    return settings
  })

/** The key that the secrets of the store are sealed under. */
export const readKey = (snapshot: ConfigSnapshot, paths: Paths) =>
  Effect.gen(function* () {
    const store: StoreConfig = snapshot.config.store ?? {}
    const found = yield* find(snapshot, paths, {
      file: ["store.keyFile", store.keyFile],
      command: ["store.keyCommand", store.keyCommand],
      variable: "CLAWDBOT_STORE_KEY"
    }).pipe(Effect.mapError((problem) => new StoreKeyUnusable(problem)))
    return yield* StoreKey.parse(found.text, found.source)
  })
