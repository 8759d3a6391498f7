import { it } from "@effect/vitest"
import { weathered } from "./stormExpectations.ts"

it.live(
  "800 requests at 64 connections, a fifth of the answers faulty: none fails for a " +
    "credential's sake",
  () => weathered(800, 1)
)
