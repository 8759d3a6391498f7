/**
 * What a client of the gateway sees when the refresh of the only login was tried for half a minute.
 */
import { describe, it } from "@effect/vitest"
import { afterTrying } from "./failures.ts"
import { recordedAnswers } from "./gatewayClient.ts"

describe(
  "what a client is answered when the only login could " + "not be refreshed for half a minute",
  () => {
    it.scopedLive(
      "is as recorded, and worth another try",
      () => recordedAnswers("../golden/gatewayFailures.long.txt", afterTrying),
      240_000
    )
  }
)
