/**
 * The lock of {@link "./leaseSocket.ts"} where sockets are files that outlive their process (macOS,
 * BSD). A dead socket file cannot simply be removed and made anew: two waiters would each remove
 * the other's. So names are numbers that only grow, and the highest is the lock: a socket listens
 * on a private path first and is then published by a hard link as the next number, which only one
 * can win. Because it listened before it was published, a number that refuses a connection is dead
 * for good.
 */
import { randomBytes } from "node:crypto"
import * as path from "node:path"
import { FileSystem } from "@effect/platform/FileSystem"
import * as Effect from "effect/Effect"
import { hasCode, type Refusal, SystemRefusal } from "../File/FileFailure.ts"
import { makeFolder } from "../File/makeFolder.ts"
import * as LeaseSocket from "./leaseSocket.ts"

/** Longest path of a socket that every system takes whole; longer ones are cut without a word. */
const maxPathBytes = 100

const isNumber = (name: string): boolean => /^\d+$/.test(name)

const highest = (folder: string) =>
  Effect.map(
    Effect.flatMap(FileSystem, (files) => files.readDirectory(folder)),
    (names) => names.filter(isNumber).reduce((most, name) => Math.max(most, Number(name)), 0)
  )

/** One try to become the highest number. `undefined`: somebody else is, or was faster. */
export const listenIn = (
  folder: string
): Effect.Effect<LeaseSocket.HeldSocket | undefined, Refusal, FileSystem> =>
  Effect.gen(function* () {
    const files = yield* FileSystem
    yield* makeFolder(folder)
    const before = yield* highest(folder)
    if (before > 0) {
      const alive = yield* LeaseSocket.watch(path.join(folder, String(before)), 1)
      if (alive !== "free") return undefined
    }
    const own = path.join(folder, `p${process.pid}-${randomBytes(4).toString("hex")}`)
    const published = path.join(folder, String(before + 1))
    if (Buffer.byteLength(own) > maxPathBytes || Buffer.byteLength(published) > maxPathBytes)
      return yield* new SystemRefusal({ code: "ENAMETOOLONG" })
    const held = yield* LeaseSocket.listen(own)
    if (held === undefined) return undefined
    const publish = Effect.gen(function* () {
      yield* files.link(own, published)
      yield* files.remove(own, { force: true })
      // Whoever did not see our number may have published a higher one: the highest holds.
      if ((yield* highest(folder)) > before + 1) {
        yield* held.release
        return undefined
      }
      for (const name of yield* files.readDirectory(folder)) {
        if (isNumber(name) && Number(name) <= before)
          yield* files.remove(path.join(folder, name), { force: true })
      }
      return held
    })
    return yield* publish.pipe(
      Effect.tapError(() => held.release),
      Effect.catchIf(hasCode("EEXIST", "ENOENT"), () => Effect.succeed(undefined))
    )
  })

/** Waits until the highest number's holder leaves. */
export const watchIn = (
  folder: string,
  maxWaitMs: number
): Effect.Effect<LeaseSocket.Watched, never, FileSystem> =>
  Effect.flatMap(
    Effect.orElseSucceed(highest(folder), () => 0),
    (number) => {
      if (number === 0) return Effect.succeed("free")
      return LeaseSocket.watch(path.join(folder, String(number)), maxWaitMs)
    }
  )
