/** Reads one `auth-profiles.json` with the rules of decision D8: a broken store is never an empty one. */
import * as fs from "node:fs/promises"
import * as ProfileDocument from "@clawdbot/domain/Profile/ProfileDocument"
import { StoreCorrupt, StoreTooNew, StoreUnavailable } from "@clawdbot/domain/Profile/ProfileError"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { codeOf } from "../File/FileFailure.ts"
import * as Generations from "./generations.ts"

/** What tells one content of a file from another without reading it. */
export type Stamp = string

/** A store's content. `text` is undefined when there is no file. `restored` says that a generation stands in for a broken file. */
export interface StoreContent {
  readonly stamp: Stamp
  readonly text: string | undefined
  readonly document: ProfileDocument.ProfileDocument
  readonly restored: boolean
  readonly notices: ReadonlyArray<string>
}

/** What {@link read} can fail with. */
export type ReadFailure = StoreCorrupt | StoreTooNew | StoreUnavailable

const missing: Stamp = "missing"

/** The stamp of a file as it is now. */
export const stampOf = (file: string): Effect.Effect<Stamp, StoreUnavailable> =>
  Effect.tryPromise({
    try: async () => {
      const stat = await fs.stat(file, { bigint: true })
      return `${stat.ino} ${stat.size} ${stat.mtimeNs} ${stat.mode}`
    },
    catch: codeOf
  }).pipe(
    Effect.catchAll((code) =>
      code === "ENOENT" || code === "ENOTDIR"
        ? Effect.succeed(missing)
        : Effect.fail(new StoreUnavailable({ path: file, operation: "read", code }))
    )
  )

const parse = (
  file: string,
  text: string
): Either.Either<ProfileDocument.ProfileDocument, StoreCorrupt | StoreTooNew> => {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    return Either.left(new StoreCorrupt({ path: file, ...jsonFault(text, cause) }))
  }
  return Either.mapLeft(ProfileDocument.decode(value), (fault) =>
    fault._tag === "NewerVersion"
      ? new StoreTooNew({ path: file, version: fault.version, supported: ProfileDocument.currentVersion })
      : new StoreCorrupt({ path: file, problem: fault.problem })
  )
}

/** Where a JSON text is broken. The engine's own message may quote the text, and with it a secret: only its place is used. */
const jsonFault = (
  text: string,
  cause: unknown
): { readonly problem: string; readonly line?: number; readonly column?: number } => {
  if (text.trim() === "") return { problem: "the file is empty", line: 1, column: 1 }
  const message = cause instanceof Error ? cause.message : ""
  const position = /position (\d+)/.exec(message)?.[1]
  const offset = position === undefined ? text.length : Number(position)
  const before = text.slice(0, offset)
  return {
    problem: offset >= text.length ? "the text ends too early" : "it is not valid JSON from here on",
    line: before.split("\n").length,
    column: offset - before.lastIndexOf("\n")
  }
}

const readText = (file: string): Effect.Effect<string | undefined, StoreUnavailable> =>
  Effect.tryPromise({ try: () => fs.readFile(file, "utf8"), catch: codeOf }).pipe(
    Effect.catchAll((code) =>
      code === "ENOENT" || code === "ENOTDIR"
        ? Effect.succeed(undefined)
        : Effect.fail(new StoreUnavailable({ path: file, operation: "read", code }))
    )
  )

const permissionNotice = (file: string): Effect.Effect<ReadonlyArray<string>> =>
  Effect.promise(async () => {
    const stat = await fs.stat(file).catch(() => undefined)
    if (stat === undefined || process.platform === "win32" || (stat.mode & 0o077) === 0) return []
    const mode = (stat.mode & 0o777).toString(8)
    const repaired = await fs.chmod(file, 0o600).then(
      () => true,
      () => false
    )
    return [
      repaired
        ? `${file} could be read by others (mode ${mode}); it is 600 now`
        : `${file} can be read by others (mode ${mode}) and cannot be changed; run: chmod 600 ${file}`
    ]
  })

/** Reads the file once. A broken one fails with its place. */
export const readOnce = (file: string): Effect.Effect<StoreContent, ReadFailure> =>
  Effect.gen(function* () {
    const text = yield* readText(file)
    if (text === undefined) {
      return { stamp: missing, text, document: ProfileDocument.empty, restored: false, notices: [] }
    }
    const document = yield* parse(file, text)
    const notices = yield* permissionNotice(file)
    const unreadable = document.unreadable.map(
      ({ id, why }) => `profile "${id}" in ${file} is kept but cannot be used: ${why}`
    )
    return { stamp: yield* stampOf(file), text, document, restored: false, notices: [...notices, ...unreadable] }
  })

/**
 * The last good generation in place of a broken file. The original stays where it is; a copy is put aside once for each broken content,
 * so that it can be looked at after the next write has restored the store.
 */
export const recover = (file: string, broken: StoreCorrupt): Effect.Effect<StoreContent, ReadFailure> =>
  Effect.gen(function* () {
    const copy = yield* putAside(file)
    for (let generation = 1; generation <= Generations.kept; generation++) {
      const text = yield* Generations.read(file, generation)
      if (text === undefined) continue
      const parsed = parse(Generations.pathOf(file, generation), text)
      if (Either.isLeft(parsed)) continue
      return {
        stamp: yield* stampOf(file),
        text,
        document: parsed.right,
        restored: true,
        notices: [
          `${broken.message}; using the last good content (${Generations.pathOf(file, generation)}), which the next change restores${
            copy === undefined ? "" : `; the broken one is also kept as ${copy}`
          }`
        ]
      }
    }
    return yield* new StoreCorrupt({
      path: broken.path,
      problem: broken.problem,
      ...(broken.line !== undefined ? { line: broken.line } : {}),
      ...(broken.column !== undefined ? { column: broken.column } : {}),
      ...(copy !== undefined ? { copy } : {})
    })
  })

const putAside = (file: string): Effect.Effect<string | undefined> =>
  Effect.promise(async () => {
    try {
      const stat = await fs.stat(file)
      // Named after the broken content's own time: the same content is put aside once, however often it is read.
      const copy = `${file}.corrupt-${Math.trunc(stat.mtimeMs)}`
      const text = await fs.readFile(file)
      await fs.writeFile(copy, text, { flag: "wx", mode: 0o600 }).catch((cause) => {
        if (codeOf(cause) !== "EEXIST") throw cause
      })
      return copy
    } catch {
      return undefined
    }
  })
