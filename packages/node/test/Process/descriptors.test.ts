import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Disk from "../../src/File/Disk.ts"
import { descriptors, maxClients } from "../../src/Process/descriptors.ts"

describe("file descriptors", () => {
  it("each client may have a connection to the provider, and something is left for files", () => {
    assert.strictEqual(maxClients({ limit: 64, used: 28 }), 12)
    assert.strictEqual(maxClients({ limit: 1_048_576, used: 30 }), 524_267)
    assert.strictEqual(maxClients({ limit: 20, used: 30 }), 1)
  })

  it.live.skipIf(process.platform !== "linux")("are known on Linux", () =>
    Effect.gen(function* () {
      const found = yield* descriptors
      assert.isAbove(found?.limit ?? 0, found?.used ?? 0)
    }).pipe(Effect.provide(Disk.layer))
  )
})
