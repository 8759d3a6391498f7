/** `examples/docker-no-home`, from a packed tarball, as its README says. */
import { spawnSync } from "node:child_process"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import * as Script from "@clawdbot/testing/ScriptedAnthropic/Script"
import { make } from "@clawdbot/testing/ScriptedAnthropic/ScriptedAnthropic"
import { afterAll, assert, beforeAll, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { planted } from "../clawdbot.ts"
import { obstacle, runContainer } from "./container.ts"
import { assemble, type Image } from "./image.ts"

const project = fileURLToPath(new URL("../../../../", import.meta.url))
const example = "examples/docker-no-home"
const why = obstacle()

let folder = ""
let image: Image
beforeAll(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "clawdbot-example-"))
  if (why !== undefined) return
  const context = `${folder}/context`
  fs.cpSync(`${project}/${example}`, context, { recursive: true })
  const packed = spawnSync("npm", ["pack", "--pack-destination", context], {
    cwd: `${project}/packages/cli`,
    encoding: "utf8"
  })
  if (packed.status !== 0) throw new Error(packed.stderr)
  image = assemble(project, `${example}/Dockerfile`, folder)
}, 120_000)
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }))

it.scopedLive(
  "a job without a home gets past a credential that is refused, and remembers it",
  (context) =>
    Effect.gen(function* () {
      if (why !== undefined) return context.skip(why)
      const upstream = yield* make({
        credentials: {
          [planted.apiKey]: () => Script.rateLimited({ "retry-after": "120" }),
          [planted.otherKey]: () => Script.ok({ text: "Hello from a container" })
        }
      })
      const volume = `${folder}/volume`
      fs.cpSync(`${image.root}${image.volumes[0]}`, volume, { recursive: true })
      fs.chmodSync(volume, 0o1777)
      const given = { volume, user: "54321:54321" }
      const store = (command: ReadonlyArray<string>, key: string) =>
        Effect.map(runContainer(image, { ...given, command }, key), ({ status, text }) =>
          assert.strictEqual(status, 0, text)
        )
      yield* store(["clawdbot", "onboard", "--anthropic-api-key", "-"], planted.apiKey)
      const second = ["clawdbot", "models", "auth", "paste-token", "--provider", "anthropic"]
      yield* store([...second, "--profile-id", "anthropic:second"], planted.otherKey)
      yield* store(
        ["clawdbot", "config", "set", "models.providers.anthropic.baseUrl", upstream.url],
        ""
      )
      const first = yield* runContainer(image, given)
      assert.strictEqual(first.status, 0, first.text)
      assert.include(first.text, "Hello from a container")
      assert.include(first.text, "anthropic:default: 429")
      const before = upstream.requests.length
      assert.strictEqual(before, 2)
      // The next run knows of the limit and asks once.
      const next = yield* runContainer(image, given)
      assert.strictEqual(next.status, 0, next.text)
      assert.strictEqual(upstream.requests.length, before + 1)
      for (const { text } of [first, next])
        for (const secret of [planted.apiKey, planted.otherKey]) assert.notInclude(text, secret)
    }),
  90_000
)
