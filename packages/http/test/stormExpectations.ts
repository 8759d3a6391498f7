/** What must hold after every storm, however long. */
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { type Report, storm } from "./storm.ts"
import { until } from "./world.ts"

/** Sockets this process has open now. */
const sockets = (): number =>
  process.getActiveResourcesInfo().filter((name) => name === "TCPSocketWrap").length

/** Runs a storm and looks at what it left behind. */
export const weathered = (requests: number, seed: number) =>
  Effect.gen(function* () {
    const before = sockets()
    const report: Report = yield* storm(requests, seed)
    assert.deepStrictEqual(report.blamed, [])
    assert.deepStrictEqual(report.altered, [])
    assert.deepStrictEqual(report.leaks, [])
    assert.strictEqual(report.reuses, 0)
    // Never more than one for each end; a token of either login that ends with the last requests is
    // nobody's to refresh any more.
    assert.isAtMost(report.grants, report.expiries)
    assert.isAtLeast(report.grants, report.expiries - 2)
    assert.strictEqual(report.whole + report.left + report.weather, requests)
    // The storm was one: faults were played, and tokens ended.
    assert.isAbove(report.faults, requests / 8)
    assert.isAbove(report.whole, requests * 0.8)
    yield* Effect.promise(() => until(() => sockets() <= before, 10_000))
    return report
  })
