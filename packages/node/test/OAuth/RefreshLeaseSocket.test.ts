import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import * as fs from "node:fs/promises"
import * as readline from "node:readline"
import { StatePaths } from "@clawdbot/domain/Environment/StatePaths"
import { RefreshLease } from "@clawdbot/domain/OAuth/RefreshLease"
import * as RefreshLeaseSocket from "@clawdbot/node/OAuth/RefreshLeaseSocket"
import { refreshLeaseContract } from "@clawdbot/testing/OAuth/refreshLeaseContract"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Disk from "../../src/File/Disk.ts"
import { temporaryFolder } from "./fleet.ts"
import { pathsIn, stateLayer } from "./state.ts"

/** Paths inside a folder, and the machine's disk. */
const statePaths = (folder: string, stateDir = pathsIn(folder).stateDir) =>
  Layer.merge(Layer.succeed(StatePaths, { ...pathsIn(folder), stateDir }), Disk.layer)

for (const platform of ["linux", "darwin"] as const) {
  refreshLeaseContract(
    `sockets as on ${platform}`,
    RefreshLeaseSocket.layerWith({ platform }).pipe(Layer.provide(stateLayer))
  )
}

/** A process that listens on a name until it is killed. */
const holder = (name: string) =>
  Effect.acquireRelease(
    Effect.promise(async () => {
      const code =
        `require("node:net").createServer(() => {}).listen({ path: ${JSON.stringify(name)} }, ` +
        '() => console.log("held"))'
      const child: ChildProcess = spawn(process.execPath, ["-e", code], {
        stdio: ["ignore", "pipe", "inherit"]
      })
      if (child.stdout !== null)
        await once(readline.createInterface({ input: child.stdout }), "line")
      return child
    }),
    (child) => Effect.sync(() => child.kill("SIGKILL"))
  )

describe("RefreshLeaseSocket", () => {
  it("makes names of exactly 108 bytes, which are one name to every version of Node", () => {
    for (const digest of ["", "a", "f".repeat(64), "f".repeat(200)]) {
      const name = RefreshLeaseSocket.abstractName(digest)
      assert.strictEqual(Buffer.byteLength(name), 108)
      assert.strictEqual(name.charCodeAt(0), 0)
    }
  })

  it.scopedLive(
    "keeps waiters out of a lease whose holder was stopped, and gives it on when that one dies",
    () =>
      Effect.gen(function* () {
        const folder = yield* temporaryFolder
        const state = statePaths(folder)
        const held = yield* Effect.gen(function* () {
          const lease = yield* RefreshLease
          return yield* lease.withLease("one", () =>
            Effect.promise(async () => {
              const sockets = await fs.readFile("/proc/net/unix", "utf8")
              return sockets
                .split("\n")
                .flatMap((line) => /@(clawdbot-refresh-lease-\S+)/.exec(line)?.[1] ?? [])
            })
          )
        }).pipe(Effect.provide(RefreshLeaseSocket.layer), Effect.provide(state))
        const name = held.at(-1) ?? ""
        assert.lengthOf(name, 107)
        const other = yield* holder(`\0${name}`)
        other.kill("SIGSTOP")
        const impatient = yield* Effect.flip(
          Effect.flatMap(RefreshLease, (lease) => lease.withLease("one", () => Effect.void)).pipe(
            Effect.provide(RefreshLeaseSocket.layerWith({ maxWaitMs: 300 })),
            Effect.provide(state)
          )
        )
        assert.strictEqual(impatient.reason, "busy")
        const waiting = yield* Effect.fork(
          Effect.flatMap(RefreshLease, (lease) =>
            lease.withLease("one", () => Effect.succeed("mine"))
          ).pipe(Effect.provide(RefreshLeaseSocket.layer), Effect.provide(state))
        )
        other.kill("SIGKILL")
        assert.strictEqual(yield* waiting, "mine")
      })
  )

  it.scopedLive("is one lease for two paths to one folder", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      yield* Effect.promise(() => fs.mkdir(`${folder}/state`))
      yield* Effect.promise(() => fs.symlink(`${folder}/state`, `${folder}/link`))
      const at = (stateDir: string) =>
        RefreshLeaseSocket.layerWith({ maxWaitMs: 200 }).pipe(
          Layer.provide(statePaths(folder, stateDir))
        )
      const inner = Effect.flatMap(RefreshLease, (lease) =>
        lease.withLease("one", () => Effect.void)
      ).pipe(Effect.provide(at(`${folder}/link`)), Effect.flip)
      const failure = yield* Effect.flatMap(RefreshLease, (lease) =>
        lease.withLease("one", () => inner)
      ).pipe(Effect.provide(at(`${folder}/state`)))
      assert.strictEqual(failure.reason, "busy")
    })
  )

  it.scopedLive("says so when a socket's path would be cut", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const stateDir = `${folder}/${"long".repeat(30)}`
      const failure = yield* Effect.flatMap(RefreshLease, (lease) =>
        lease.withLease("one", () => Effect.void)
      ).pipe(
        Effect.provide(RefreshLeaseSocket.layerWith({ platform: "darwin" })),
        Effect.provide(statePaths(folder, stateDir)),
        Effect.flip
      )
      assert.deepInclude(failure, { reason: "system", detail: "ENAMETOOLONG" })
    })
  )
})
