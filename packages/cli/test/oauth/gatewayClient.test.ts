/** What a client of the gateway sees when the only login has come to a bad end. */
import { throttled } from "@clawdbot/testing/OAuth/TokenScript"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { planted } from "../clawdbot.ts"
import { run } from "../commandLine.ts"
import { atOnce, type BadEnd } from "./failures.ts"
import { gatewayWith, recordedAnswers } from "./gatewayClient.ts"

describe("what a client is answered when the only login cannot be refreshed", () => {
  it.scopedLive("is as recorded, and the login stays in the store", () =>
    recordedAnswers("../golden/gatewayFailures.txt", atOnce)
  )

  for (const [end, status, stdin] of [
    [{ name: "revoked", revoked: true }, "401", planted.setupToken],
    [{ name: "throttled", next: throttled(3600) }, "503", ""]
  ] satisfies ReadonlyArray<readonly [BadEnd, string, string]>) {
    it.scopedLive(
      `${end.name}: what the answer says to do on the gateway's host cures it, without a restart`,
      () =>
        Effect.gen(function* () {
          const { ask, home } = yield* gatewayWith(end)
          const [refused, ...lines] = yield* ask
          assert.strictEqual(refused, status)
          const command =
            /clawdbot (models auth [^,"]+)/.exec(lines.join("\n"))?.[1] ??
            assert.fail(lines.join("\n"))
          const cured = yield* run(home, command.split(" "), { stdin })
          assert.strictEqual(cured.status, 0, cured.stderr)
          const [answered] = yield* Effect.repeat(ask, {
            until: ([now]) => now === "200",
            times: 3_000
          })
          assert.strictEqual(answered, "200")
        })
    )
  }
})
