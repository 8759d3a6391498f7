/**
 * The image's file system, started as a container engine starts it (see `container.ts`): any user,
 * no home, a root that cannot be written.
 */
import type { ChildProcess } from "node:child_process"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import * as Script from "@clawdbot/testing/ScriptedAnthropic/Script"
import { make } from "@clawdbot/testing/ScriptedAnthropic/ScriptedAnthropic"
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { filesIn, planted } from "../clawdbot.ts"
import { eventually } from "../eventually.ts"
import { listening } from "../gateway/running.ts"
import {
  type ContainerOptions,
  firstProcess,
  inContainer,
  obstacle,
  runContainer,
  startContainer
} from "./container.ts"
import { assemble, type Image } from "./image.ts"

const project = fileURLToPath(new URL("../../../../", import.meta.url))
const token = "planted-token-of-a-team"
const why = obstacle() ?? (fs.existsSync("/usr/bin/tini") ? undefined : "needs tini")

let folder = ""
let image: Image
beforeAll(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "clawdbot-image-"))
  if (why === undefined) image = assemble(project, "Dockerfile", folder)
}, 120_000)
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }))

/** A volume as an engine makes it: with the owner and mode that the image's folder has. */
const volume = Effect.acquireRelease(
  Effect.sync(() => {
    const made = fs.mkdtempSync(path.join(os.tmpdir(), "clawdbot-volume-"))
    fs.chmodSync(made, fs.statSync(`${image.root}${image.volumes[0]}`).mode)
    return made
  }),
  (made) => Effect.sync(() => fs.rmSync(made, { recursive: true, force: true }))
)

/** One that listens on a free port; its first process ends with the scope. */
const gateway = (options: ContainerOptions) =>
  listening(() =>
    startContainer(image, { ...options, command: [...image.command, "--port", "0"] })
  ).pipe(
    Effect.tap(({ child }) =>
      Effect.addFinalizer(() =>
        Effect.sync(() => {
          if (child.exitCode === null) process.kill(firstProcess(child), "SIGKILL")
        })
      )
    )
  )

const ended = (child: ChildProcess) =>
  Effect.async<number | null>((resume) => {
    if (child.exitCode !== null) return resume(Effect.succeed(child.exitCode))
    child.removeAllListeners("exit")
    child.once("exit", (status) => resume(Effect.succeed(status)))
  })

const ask = (url: string, stream = false) =>
  Effect.promise(() =>
    fetch(`${url.replace("0.0.0.0", "127.0.0.1")}/v1/messages`, {
      method: "POST",
      headers: { "x-api-key": token, "anthropic-version": "2023-06-01" },
      body: JSON.stringify({ model: "claude-opus-4-5", max_tokens: 1, stream, messages: [] })
    })
  )

/** Tells why, in place of a test that cannot run here. */
const where = (title: string, test: Effect.Effect<void, never, Scope.Scope>, timeout = 60_000) =>
  it.scopedLive(
    title,
    (context) => (why === undefined ? test : Effect.sync(() => context.skip(why))),
    timeout
  )

const users: ReadonlyArray<readonly [title: string, options: Partial<ContainerOptions>]> = [
  ["the image's user", {}],
  ["any user, without HOME", { user: "54321:54321" }],
  ["any user of the group root, with / for a home", { user: "54321:0", env: { HOME: "/" } }],
  ["the gateway as the first process", { entrypoint: ["clawdbot"], user: "54321:54321" }]
]

describe("the image", () => {
  for (const [title, options] of users) {
    where(
      `${title}: a credential is stored, a request answered, SIGTERM ends it with 0`,
      Effect.gen(function* () {
        const upstream = yield* make({ credentials: { [planted.apiKey]: () => Script.ok() } })
        const mounted = yield* volume
        const given: ContainerOptions = {
          ...options,
          volume: mounted,
          env: { ...options.env, CLAWDBOT_GATEWAY_TOKEN: token }
        }
        const clawdbot = (command: ReadonlyArray<string>, stdin = "") =>
          Effect.map(runContainer(image, { ...given, command }, stdin), (done) => {
            assert.strictEqual(done.status, 0, done.text)
            return done.text
          })
        yield* clawdbot(["onboard", "--anthropic-api-key", "-"], planted.apiKey)
        yield* clawdbot(["config", "set", "models.providers.anthropic.baseUrl", upstream.url])
        const running = yield* gateway(given)
        const pid = firstProcess(running.child)
        assert.strictEqual((yield* ask(running.url)).status, 200)
        const health = inContainer(image, given, pid, image.healthcheck)
        assert.strictEqual(health.status, 0, health.text)
        const end = ended(running.child)
        process.kill(pid, "SIGTERM")
        assert.strictEqual(yield* end, 0, running.text())
        assert.notInclude(running.text(), token)
        assert.notMatch(running.text(), /warning|^\s+at /m)

        // Everything is in the volume, and of nobody but that user.
        const [uid] = (given.user ?? image.user).split(":").map(Number)
        const files = filesIn(mounted)
        assert.include(files, "clawdbot/agents/main/agent/auth-profiles.json")
        for (const name of files) {
          const { mode, uid: owner } = fs.statSync(`${mounted}/${name}`)
          assert.strictEqual(owner, uid, name)
          assert.strictEqual(mode & 0o077, 0, name)
        }
        const stopped = { ...given, entrypoint: [], command: image.healthcheck }
        assert.strictEqual((yield* runContainer(image, stopped)).status, 1)
      })
    )
  }

  where(
    "is tried as an engine runs it: as the first process, read-only, without rights of root",
    Effect.gen(function* () {
      const probe = `
        const tried = (file) => { try { fs.writeFileSync(file, ""); return "written" } catch (error) { return error.code } }
        const rights = /^CapEff:\\s*(\\w+)/m.exec(fs.readFileSync("/proc/self/status", "utf8"))[1]
        const { HOME } = process.env
        const groups = process.getgroups()
        console.log(JSON.stringify({ pid: process.pid, uid: process.getuid(), groups, rights, HOME,
          root: tried("/x"), tmp: tried("/tmp/x"), volume: tried("/data/x") }))`
      const done = yield* runContainer(image, {
        volume: yield* volume,
        user: "54321:54321",
        entrypoint: ["node"],
        command: ["-e", probe]
      })
      assert.deepStrictEqual(JSON.parse(done.text), {
        pid: 1,
        uid: 54_321,
        groups: [54_321],
        rights: "0000000000000000",
        root: "EROFS",
        tmp: "EROFS",
        volume: "written"
      })
    })
  )

  where(
    "everything from outside: a config that is mounted read-only, a key and a token of variables",
    Effect.gen(function* () {
      const upstream = yield* make({ credentials: { [planted.apiKey]: () => Script.ok() } })
      const mounted = yield* volume
      const config = `${mounted}/clawdbot.json`
      fs.writeFileSync(
        config,
        JSON.stringify({
          models: { providers: { anthropic: { baseUrl: upstream.url } } },
          gateway: { hosts: ["claude.example.com"] }
        })
      )
      const inside = "/etc/clawdbot/clawdbot.json"
      const running = yield* gateway({
        volume: yield* volume,
        user: "54321:54321",
        files: { [config]: inside },
        env: {
          CLAWDBOT_CONFIG_PATH: inside,
          CLAWDBOT_GATEWAY_TOKEN: token,
          ANTHROPIC_API_KEY: planted.apiKey
        }
      })
      assert.strictEqual((yield* ask(running.url)).status, 200)
    })
  )

  where(
    "a second SIGTERM ends the gateway at once, also as the first process",
    Effect.gen(function* () {
      const upstream = yield* make({
        credentials: { [planted.apiKey]: Script.always(Script.ok({ gapMs: 5_000 })) }
      })
      const mounted = yield* volume
      fs.mkdirSync(`${mounted}/clawdbot`)
      fs.writeFileSync(
        `${mounted}/clawdbot/clawdbot.json`,
        JSON.stringify({ models: { providers: { anthropic: { baseUrl: upstream.url } } } })
      )
      const running = yield* gateway({
        volume: mounted,
        user: "0:0",
        entrypoint: ["clawdbot"],
        env: { CLAWDBOT_GATEWAY_TOKEN: token, ANTHROPIC_API_KEY: planted.apiKey }
      })
      yield* Effect.fork(Effect.ignore(Effect.sandbox(ask(running.url, true))))
      yield* eventually(() => upstream.requests.length > 0)
      const end = ended(running.child)
      const pid = firstProcess(running.child)
      process.kill(pid, "SIGTERM")
      // Until the first one is handled, which closes the port.
      yield* eventually(() => !fs.existsSync(`${mounted}/clawdbot/run/gateway.sock`))
      process.kill(pid, "SIGTERM")
      assert.strictEqual(yield* end, 143, running.text())
      // Had it waited for the request, it would have said so.
      assert.notInclude(running.text(), "cut off")
    })
  )
})
