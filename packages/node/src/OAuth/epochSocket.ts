/**
 * The lock of {@link "./leaseSocket.ts"} where sockets are files that outlive their process (macOS,
 * BSD). A dead socket file cannot simply be removed and made anew: two waiters would each remove
 * the other's. So names are numbers that only grow, and the highest is the lock: a socket listens
 * on a private path first and is then published by a hard link as the next number, which only one
 * can win. Because it listened before it was published, a number that refuses a connection is dead
 * for good.
 */
import { randomBytes } from "node:crypto"
import * as fs from "node:fs/promises"
import * as path from "node:path"
import { codeOf } from "../File/FileFailure.ts"
import { makeFolder } from "../File/makeFolder.ts"
import { type HeldSocket, listen, type Watched, watch } from "./leaseSocket.ts"

/** Longest path of a socket that every system takes whole; longer ones are cut without a word. */
const longestPath = 100

const highest = async (folder: string): Promise<number> =>
  (await fs.readdir(folder)).reduce(
    (most, name) => (/^\d+$/.test(name) ? Math.max(most, Number(name)) : most),
    0
  )

const refuse = (code: string): never => {
  throw Object.assign(new Error(code), { code })
}

/** One try to become the highest number. `undefined`: somebody else is, or was faster. */
export const listenIn = async (folder: string): Promise<HeldSocket | undefined> => {
  await makeFolder(folder)
  const before = await highest(folder)
  if (before > 0) {
    const alive = await watch(path.join(folder, String(before)), 1, new AbortController().signal)
    if (alive !== "free") return undefined
  }
  const own = path.join(folder, `p${process.pid}-${randomBytes(4).toString("hex")}`)
  const published = path.join(folder, String(before + 1))
  if (Buffer.byteLength(own) > longestPath || Buffer.byteLength(published) > longestPath)
    refuse("ENAMETOOLONG")
  const held = await listen(own)
  if (held === undefined) return undefined
  try {
    await fs.link(own, published)
    await fs.rm(own, { force: true })
    // Whoever did not see our number may have published a higher one: the highest holds.
    if ((await highest(folder)) > before + 1) {
      await held.release()
      return undefined
    }
    for (const name of await fs.readdir(folder)) {
      if (/^\d+$/.test(name) && Number(name) <= before)
        await fs.rm(path.join(folder, name), { force: true })
    }
    return held
  } catch (cause) {
    await held.release()
    if (["EEXIST", "ENOENT"].includes(codeOf(cause))) return undefined
    throw cause
  }
}

/** Waits until the highest number's holder leaves. */
export const watchIn = async (
  folder: string,
  patienceMs: number,
  signal: AbortSignal
): Promise<Watched> => {
  const number = await highest(folder).catch(() => 0)
  if (number === 0) return "free"
  return watch(path.join(folder, String(number)), patienceMs, signal)
}
