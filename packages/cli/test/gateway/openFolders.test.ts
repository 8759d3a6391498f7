/** A state folder that other users of the machine can write. */
import * as fs from "node:fs"
import * as Script from "@clawdbot/testing/ScriptedAnthropic/Script"
import { make } from "@clawdbot/testing/ScriptedAnthropic/ScriptedAnthropic"
import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { home } from "../clawdbot.ts"
import { runWhole as run } from "../commandLine.ts"
import { gatewayHere, writeState } from "./running.ts"

it.scopedLive(
  "a gateway warns at its start of what others can write, names the cure, and the cure is one",
  () =>
    Effect.gen(function* () {
      const folder = yield* home
      const upstream = yield* make({ credentials: { first: () => Script.ok() } })
      writeState(folder, upstream.url, ["first"])
      const said = Effect.scoped(Effect.map(gatewayHere(folder), ({ text }) => text()))
      assert.notInclude(yield* said, "warning:")
      const state = `${folder}/.clawdbot`
      const store = `${state}/agents/main/agent/auth-profiles.json`
      for (const [path, mode] of [
        [state, 0o777],
        [`${state}/clawdbot.json`, 0o664],
        [store, 0o622]
      ] as const) {
        fs.chmodSync(path, mode)
        const text = yield* said
        assert.include(text, `other users can write to ${path} (mode ${mode.toString(8)})`)
        assert.include(text, "clawdbot doctor --fix")
        assert.strictEqual((text.match(/warning:/g) ?? []).length, 1, text)
        yield* run(folder, ["doctor", "--fix", "--yes"])
        assert.strictEqual(fs.statSync(path).mode & 0o022, 0, path)
        assert.notInclude(yield* said, "warning:")
      }
    }),
  60_000
)
