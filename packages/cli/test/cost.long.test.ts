import { execFileSync } from "node:child_process"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "@effect/vitest"

/** What `scripts/benchmarks/guard.mjs` counts. */
interface Counted {
  readonly allocations: Readonly<
    Record<"json" | "stream", { readonly gateway: number; readonly bare: number }>
  >
  /** Bytes allocated for a JSON request while the access log is written. */
  readonly logged: number
  /** Bytes of a request that its end leaves behind among what lives long. */
  readonly outlives: { readonly gateway: number; readonly bare: number }
  /** Modules of Node's own that a command loads, and calls of functions that it makes. */
  readonly starts: Readonly<Record<"version" | "status" | "statusCalls" | "gatewayCalls", number>>
  /** Bytes. */
  readonly bundle: Readonly<Record<"entry" | "script" | "short", number>>
}

// Counted, not timed: these hold on a busy machine too. The limits leave room for a feature, not
// for a change of construction.
describe("what a start and a request cost", () => {
  it("stays within its limits", { timeout: 300_000 }, () => {
    const root = fileURLToPath(new URL("../../../", import.meta.url))
    const said = execFileSync(process.execPath, ["scripts/benchmarks/guard.mjs"], {
      cwd: root,
      encoding: "utf8"
    })
    // The guard is ours; what it prints has this shape.
    const { allocations, bundle, logged, outlives, starts } = JSON.parse(said) as Counted
    assert.isAbove(allocations.json.gateway, 0, "bytes allocated for a JSON request")
    assert.isAtMost(allocations.json.gateway, 31_000, "bytes allocated for a JSON request")
    assert.isAtMost(
      allocations.json.gateway,
      2.2 * allocations.json.bare,
      "against the bare proxy's bytes"
    )
    assert.isAtMost(logged, 36_000, "bytes allocated for a JSON request with the access log")
    assert.isAtMost(allocations.stream.gateway, 60_000, "bytes allocated for a stream")
    assert.isAtMost(
      allocations.stream.gateway,
      1.4 * allocations.stream.bare,
      "against the bare proxy's bytes"
    )
    assert.isAtMost(outlives.gateway, 1_500, "bytes of a JSON request that outlive it")
    assert.isAtMost(starts.version, 110, "modules of Node loaded by --version")
    assert.isAtMost(starts.status, 120, "modules of Node loaded by models status")
    assert.isAtMost(starts.statusCalls, 120_000, "calls of functions by models status")
    assert.isAtMost(starts.gatewayCalls, 220_000, "calls of functions by a gateway's start")
    assert.isAtMost(bundle.entry, 6_000, "bytes of the file people start")
    assert.isAtMost(bundle.short, 760_000, "bytes of the short commands")
    assert.isAtMost(bundle.script, 2_200_000, "bytes of all commands")
  })
})
