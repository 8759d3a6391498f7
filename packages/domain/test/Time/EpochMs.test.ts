import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as FastCheck from "effect/FastCheck"
import * as Schema from "effect/Schema"
import * as EpochMs from "../../src/Time/EpochMs.ts"

describe("EpochMs", () => {
  it.each<readonly [unknown, number | undefined]>([
    [0, 0],
    [1_804_854_725_656, 1_804_854_725_656],
    [-1, 0],
    [8.64e15 + 1, 8.64e15],
    [1e306, 8.64e15],
    [Number.POSITIVE_INFINITY, 8.64e15],
    [Number.NEGATIVE_INFINITY, 0],
    [Number.NaN, undefined],
    ["1804854725656", 1_804_854_725_656],
    [" 2027-01-01T00:00:00Z ", 1_798_761_600_000],
    ["2027-01-01T01:00:00.5+01:00", 1_798_761_600_500],
    ["2027-01-01", 1_798_761_600_000],
    ["1969-01-01T00:00:00Z", 0],
    ["2027-13-01", undefined],
    ["2027-01-01T00:00:00", undefined],
    ["99999999999999999999", undefined],
    ["soon", undefined],
    ["", undefined],
    [true, undefined],
    [null, undefined],
    [undefined, undefined],
    [[1], undefined],
    [{ valueOf: 1, toString: 1 }, undefined]
  ])("reads %j as %j", (value, time) => {
    assert.strictEqual(EpochMs.read(value), time)
    const decoded = Schema.decodeUnknownOption(EpochMs.EpochMs)(value)
    assert.strictEqual(decoded._tag === "Some" ? decoded.value : undefined, time)
  })

  it("whatever is read or shown is a moment that a calendar has", () => {
    FastCheck.assert(
      FastCheck.property(FastCheck.oneof(FastCheck.double(), FastCheck.anything()), (value) => {
        const time = EpochMs.read(value)
        if (typeof value === "number")
          assert.match(EpochMs.toIso(value), /^\+?\d{4,6}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
        if (time !== undefined) assert.isTrue(time >= 0 && time <= EpochMs.latest)
      })
    )
  })

  it("shows a time as a calendar does, whatever was shown before", () => {
    const times = FastCheck.array(FastCheck.integer({ min: 0, max: EpochMs.latest }))
    const close = FastCheck.array(
      FastCheck.integer({ min: 1_804_854_725_000, max: 1_804_854_727_999 })
    )
    FastCheck.assert(
      FastCheck.property(FastCheck.oneof(times, close), (found) => {
        for (const time of found)
          assert.strictEqual(EpochMs.toIso(time), DateTime.formatIso(DateTime.unsafeMake(time)))
      })
    )
  })
})
