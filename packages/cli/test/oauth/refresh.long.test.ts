/** The failures of `models auth refresh` that are tried again until the time limit of a refresh, half a minute. */
import { html } from "@clawdbot/testing/OAuth/TokenScript"
import { describe, it } from "@effect/vitest"
import { recordedFailures } from "./failures.ts"

describe("what a person sees when a refresh was tried for half a minute", () => {
  it.scopedLive(
    "is as recorded, and leaves the tokens where they were",
    () =>
      recordedFailures("../golden/refreshFailures.long.txt", [
        { name: "every answer is lost", always: { lose: true } },
        { name: "a page instead of an answer", always: html(200) },
        { name: "the server fails", always: html(500) },
        { name: "nobody listens", tokenUrl: "http://127.0.0.1:1/token" }
      ]),
    90_000
  )
})
