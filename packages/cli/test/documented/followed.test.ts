/** The pages for people who set something up: their commands, run in order as they stand there. */
import * as fs from "node:fs"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { planted } from "../clawdbot.ts"
import { blocks, follow, type Reader } from "./pages.ts"

const tests = fileURLToPath(new URL("../", import.meta.url))

interface Page extends Reader {
  /** What has to be on the screen afterwards. */
  readonly says: ReadonlyArray<string>
}

const ciVariables = {
  ANTHROPIC_API_KEY: planted.apiKey,
  CLAWDBOT_GATEWAY_TOKEN: "a-token-of-the-job-0123456789"
}

const pages: Readonly<Record<string, Page>> = {
  "docs/claude-code.md": { says: ["200 {", "anthropic:default answered"] },
  "docs/fallback.md": {
    says: ["Next credential: anthropic:claude-cli", "2. anthropic:fallback (API key): ready"]
  },
  "docs/ci.md": { variables: ciVariables, says: ["200 {"] },
  "docs/scripts.md": {
    hasKey: true,
    hasGateway: true,
    says: ['"type":"message"', "anthropic:default is asked at http://127.0.0.1:", "cooling down"]
  },
  "docs/upgrading.md": {
    hasKey: true,
    elsewhere: {
      "git pull": "install.long.test.ts",
      "--uninstall": "install.long.test.ts"
    },
    says: ["is valid", "anthropic:default"]
  }
}

describe("pages that somebody follows", () => {
  for (const [page, { says, ...reader }] of Object.entries(pages)) {
    it.scopedLive(`${page}: every command works in its place`, () =>
      Effect.gen(function* () {
        assert.isAbove(blocks(page).length, 1)
        for (const test of Object.values(reader.elsewhere ?? {}))
          assert.isTrue(fs.existsSync(`${tests}${test}`))
        const said = yield* follow(page, reader)
        for (const part of says) assert.include(said, part)
        for (const secret of [
          planted.apiKey,
          planted.setupToken,
          ciVariables.CLAWDBOT_GATEWAY_TOKEN
        ])
          assert.notInclude(said, secret)
      })
    )
  }
})
