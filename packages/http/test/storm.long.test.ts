import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { weathered } from "./stormExpectations.ts"

it.live(
  "10,000 requests at 64 connections, a fifth of the answers faulty: none fails for a " +
    "credential's sake, one grant per expiry",
  () =>
    Effect.map(weathered(10_000, 2), (report) => {
      assert.isAbove(report.expiries, 1)
    }),
  120_000
)
