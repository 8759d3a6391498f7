/**
 * A real gateway process on a machine that runs out of something: it goes on, punishes nobody for
 * it, and is well again afterwards.
 */

import { execFileSync, spawn, spawnSync } from "node:child_process"
import { createHash } from "node:crypto"
import * as fs from "node:fs"
import { Agent, request as httpRequest } from "node:http"
import { defined } from "@clawdbot/domain/Document/defined"
import * as Script from "@clawdbot/testing/ScriptedAnthropic/Script"
import { make } from "@clawdbot/testing/ScriptedAnthropic/ScriptedAnthropic"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { entry, home, run } from "../clawdbot.ts"
import { gateway, listening, writeState } from "./running.ts"

const [first, second] = ["sk-ant-api03-first", "sk-ant-api03-second"] as const
const body = (more: Readonly<Record<string, unknown>> = {}) =>
  JSON.stringify({
    model: "claude-opus-4-5",
    max_tokens: 8,
    messages: [{ role: "user", content: "hi" }],
    ...more
  })

/** The status of one answer, or the code of what became of it. */
const ask = (
  { token, url }: { readonly token: string; readonly url: string },
  text: string | Buffer,
  agent?: Agent
) =>
  new Promise<number | string>((resolve) => {
    const codeOf = (error: Error) => resolve("code" in error ? String(error.code) : error.message)
    const asked = httpRequest(
      `${url}/v1/messages`,
      {
        method: "POST",
        ...defined({ agent }),
        headers: {
          "x-api-key": token,
          "anthropic-version": "2023-06-01",
          "content-length": Buffer.byteLength(text)
        }
      },
      (response) => {
        response.resume()
        response.on("error", codeOf)
        response.on("end", () => resolve(response.statusCode ?? 0))
      }
    )
    asked.on("error", codeOf)
    asked.end(text)
  })

const unusable = (folder: string) =>
  Effect.map(run(folder, ["models", "status", "--json"]), ({ stdout }) => {
    const {
      auth
    }: {
      readonly auth: { readonly unusableProfiles: ReadonlyArray<{ readonly profileId: string }> }
    } = JSON.parse(stdout)
    return auth.unusableProfiles.map(({ profileId }) => profileId)
  })

/** Asks again until it holds, for so many ms. */
const eventually = (what: string, ms: number, isSo: Effect.Effect<boolean>) =>
  isSo.pipe(
    Effect.tap((done) => (done ? Effect.void : Effect.sleep("200 millis"))),
    Effect.repeat({ until: (done) => done }),
    Effect.timeoutFail({ duration: ms, onTimeout: () => new Error(`never: ${what}`) })
  )

/**
 * A home on a disk of its own of 2 MB; undefined where nothing can be mounted. Unmounted with the
 * scope.
 */
const smallHome = Effect.gen(function* () {
  const folder = yield* home
  const mounted = yield* Effect.acquireRelease(
    Effect.sync(
      () => spawnSync("mount", ["-t", "tmpfs", "-o", "size=2m", "tmpfs", folder]).status === 0
    ),
    (done) => Effect.sync(() => done && execFileSync("umount", [folder]))
  )
  return mounted ? folder : undefined
})

describe("a machine that runs out", () => {
  it.scopedLive(
    "of file descriptors: requests that get none fail clearly, no credential is punished, " +
      "and the next ones are answered",
    () =>
      Effect.gen(function* () {
        const folder = yield* home
        const upstream = yield* make({
          credentials: {
            [first]: () => Script.ok({ gapMs: 40 }),
            [second]: () => Script.ok({ gapMs: 40 })
          }
        })
        writeState(folder, upstream.url, [first, second])
        const running = yield* listening(() =>
          spawn(
            "sh",
            [
              "-c",
              'ulimit -n 64; exec "$0" "$1" gateway --port 0 --print-token',
              process.execPath,
              entry
            ],
            {
              cwd: folder,
              env: { PATH: process.env.PATH, HOME: folder },
              stdio: ["pipe", "pipe", "pipe"]
            }
          )
        )
        assert.strictEqual(yield* Effect.promise(() => ask(running, body())), 200)
        const agent = new Agent({ keepAlive: false })
        const ends = yield* Effect.promise(() =>
          Promise.all(
            Array.from({ length: 200 }, () => ask(running, body({ stream: true }), agent))
          )
        )
        const answered = ends.filter((end) => end === 200).length
        // Some got through; the others were told, or their connection ended: nobody hangs, nobody
        // gets half an answer for a whole one.
        assert.isAbove(answered, 5)
        assert.isBelow(answered, 200, "descriptors never ran out")
        for (const end of ends) assert.include([200, 502, 529, 503, "ECONNRESET", "EPIPE"], end)
        assert.isNull(running.child.exitCode)
        yield* eventually(
          "answers come again",
          20_000,
          Effect.map(
            Effect.promise(() => ask(running, body())),
            (end) => end === 200
          )
        )
        assert.deepStrictEqual(yield* unusable(folder), [])
        assert.notInclude(running.text(), "    at ")
      }),
    60_000
  )

  it.scopedLive(
    "of room on the disk: requests go on, what is learned is kept in memory and written when " +
      "there is room",
    (context) =>
      Effect.gen(function* () {
        const folder = yield* smallHome
        if (folder === undefined)
          return context.skip("needs the right to mount a small file system")
        const upstream = yield* make({
          credentials: {
            [first]: Script.inTurn(Script.ok(), Script.rateLimited({ "retry-after": "900" })),
            [second]: () => Script.ok()
          }
        })
        writeState(folder, upstream.url, [first, second])
        const store = `${folder}/.clawdbot/agents/main/agent/auth-profiles.json`
        const before = fs.readFileSync(store, "utf8")
        const running = yield* gateway(folder)
        assert.strictEqual(yield* Effect.promise(() => ask(running, body())), 200)
        const filler = fs.openSync(`${folder}/filler`, "w")
        try {
          for (;;) fs.writeSync(filler, Buffer.alloc(4_096))
        } catch {
          fs.closeSync(filler)
        }
        for (let number = 0; number < 40; number++) {
          assert.strictEqual(yield* Effect.promise(() => ask(running, body())), 200)
        }
        // The limited one was tried once; that it rests is known without a file.
        assert.strictEqual(
          upstream.requests.filter(({ credential }) => credential === first).length,
          2
        )
        yield* Effect.sleep("1500 millis")
        const warnings = running.text().match(/cannot be written/g) ?? []
        assert.isAtLeast(warnings.length, 1)
        // Once for each file, not with every try.
        assert.isAtMost(warnings.length, 3, running.text())
        assert.strictEqual(fs.readFileSync(store, "utf8"), before)
        fs.rmSync(`${folder}/filler`)
        yield* eventually(
          "health is written",
          30_000,
          Effect.map(unusable(folder), (ids) => ids.includes("anthropic:k0"))
        )
        yield* eventually(
          "usage is written",
          30_000,
          Effect.map(
            run(folder, ["usage", "--json"]),
            ({ stdout }) => JSON.parse(stdout).total?.requests === 41
          )
        )
        const left = fs
          .readdirSync(`${folder}/.clawdbot/agents/main/agent`)
          .filter((name) => name.includes(".tmp"))
        assert.deepStrictEqual(left, [])
      }),
    120_000
  )

  it.scopedLive(
    "of nothing, by the largest bodies there are: every byte arrives, and memory has a bound",
    () =>
      Effect.gen(function* () {
        const folder = yield* home
        const upstream = yield* make({ credentials: { [first]: () => Script.ok() } })
        writeState(folder, upstream.url, [first])
        const running = yield* gateway(folder)
        const text = Buffer.from(body({ padding: "" }))
        const large = Buffer.concat([
          text.subarray(0, -2),
          Buffer.alloc(32 * 1024 * 1024 - text.length, "lorem ipsum "),
          Buffer.from('"}')
        ])
        const hash = (bytes: Buffer) => createHash("sha256").update(bytes).digest("hex")
        const resident = () =>
          Number(
            /VmHWM:\s+(\d+)/.exec(fs.readFileSync(`/proc/${running.child.pid}/status`, "utf8"))?.[1]
          ) / 1024
        for (let round = 0; round < 6; round++) {
          const ends = yield* Effect.promise(() =>
            Promise.all([1, 2, 3, 4].map(() => ask(running, large)))
          )
          assert.deepStrictEqual(ends, [200, 200, 200, 200])
        }
        assert.deepStrictEqual(
          [...new Set(upstream.requests.map((request) => hash(request.body)))],
          [hash(large)]
        )
        // Four bodies at a time are 128 MB; each is held once as it comes and once joined.
        // Twenty-four of them are not held.
        if (process.platform === "linux") assert.isBelow(resident(), 550)
      }),
    120_000
  )
})
