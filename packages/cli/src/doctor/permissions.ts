/** Who may read and write the files that `doctor` looks at. */
import * as path from "node:path"
import type { OpenPath, UnwritableFolder } from "@clawdbot/domain/Status/DoctorFacts"
import { codeOf, isMissing } from "@clawdbot/node/File/FileFailure"
import { type File, FileSystem } from "@effect/platform/FileSystem"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"

const infoOf = (file: string): Effect.Effect<File.Info | undefined, never, FileSystem> =>
  Effect.flatMap(FileSystem, (files) => Effect.orElseSucceed(files.stat(file), () => undefined))

/** Whether there is a file or a folder of this name. */
export const isThere = (file: string): Effect.Effect<boolean, never, FileSystem> =>
  Effect.map(infoOf(file), (info) => info !== undefined)

const ownerOf = ({ uid }: File.Info): string =>
  Option.match(uid, {
    onNone: () => "another user",
    onSome: (id) => (id === 0 ? "root" : `user ${id}`)
  })

/** The system's administrator may do what only owners may. */
const mayChange = ({ uid }: File.Info): boolean => {
  const own = process.getuid?.()
  return own === undefined || own === 0 || Option.getOrUndefined(uid) === own
}

/** Which of these paths others may read. Windows has no such modes. */
export const openPaths = (
  paths: ReadonlyArray<{ readonly path: string; readonly wanted: number }>
): Effect.Effect<ReadonlyArray<OpenPath>, never, FileSystem> => {
  if (process.platform === "win32") return Effect.succeed([])
  return Effect.map(
    Effect.forEach(paths, (one) =>
      Effect.map(infoOf(one.path), (info): ReadonlyArray<OpenPath> => {
        if (info === undefined || (info.mode & 0o077) === 0) return []
        const foreignOwner = mayChange(info) ? undefined : ownerOf(info)
        return [{ ...one, mode: info.mode & 0o777, foreignOwner }]
      })
    ),
    (found) => found.flat()
  )
}

/** The folder itself, or the one that it would be made in. */
const nearest = (folder: string): Effect.Effect<string, never, FileSystem> =>
  Effect.flatMap(isThere(folder), (is) => {
    const above = path.dirname(folder)
    return is || above === folder ? Effect.succeed(folder) : nearest(above)
  })

/** Where this user cannot put a file that belongs into one of these folders. */
export const unwritable = (
  folders: ReadonlyArray<string>
): Effect.Effect<ReadonlyArray<UnwritableFolder>, never, FileSystem> =>
  Effect.gen(function* () {
    const files = yield* FileSystem
    const places = new Set(yield* Effect.forEach(folders, nearest))
    const found = yield* Effect.forEach(places, (place) =>
      Effect.gen(function* () {
        const refused = yield* Effect.flip(files.access(place, { writable: true })).pipe(
          Effect.map(codeOf),
          Effect.orElseSucceed(() => undefined)
        )
        if (refused === undefined || isMissing(refused)) return []
        const info = yield* infoOf(place)
        const folder: UnwritableFolder = {
          path: place,
          owner: info === undefined ? "unknown" : ownerOf(info),
          code: refused
        }
        return [folder]
      })
    )
    return found.flat()
  })
