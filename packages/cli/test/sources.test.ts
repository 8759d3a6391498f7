/** What has one place in the sources stays there. */
import * as fs from "node:fs"
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "@effect/vitest"

const packages = fileURLToPath(new URL("../../", import.meta.url))
const sources = ["domain", "node", "postgres", "http", "cli"].flatMap((name) =>
  fs
    .readdirSync(`${packages}/${name}/src`, { recursive: true, encoding: "utf8" })
    .filter((file) => /\.(ts|js)$/.test(file))
    .map((file) => `${name}/src/${file}`)
    .sort()
)

/** The files that hold a pattern. */
const holding = (pattern: RegExp): ReadonlyArray<string> =>
  sources.filter((file) => pattern.test(fs.readFileSync(path.join(packages, file), "utf8")))

describe("one place", () => {
  it("for showing times: one out of range must not end whatever shows it", () => {
    assert.deepStrictEqual(
      holding(/DateTime\.format|new Date\(|toISOString|Intl\.DateTimeFormat/),
      ["domain/src/Time/EpochMs.ts", "http/src/dashboard/page/words.js"]
    )
  })

  it("for what a person reads: whatever writes to a terminal makes foreign text printable", () => {
    assert.deepStrictEqual(
      holding(
        /\bstd(?:out|err)\b.*\.write\(|\bstd(?:out|err)\.write\(|\bstandardOutput\(|console\.\w+\(/
      ),
      [
        "cli/src/gateway/serve.ts",
        // The version, before anything else is loaded.
        "cli/src/main.ts",
        // Handed to what logs, which makes it printable.
        "cli/src/mainOf.ts",
        "cli/src/start/lostOutput.ts",
        // The words of what turns, which are made printable there.
        "cli/src/terminal/IoStreams.ts",
        "cli/src/terminal/hiddenInput.ts",
        // An end of a line, and words of ours.
        "cli/src/terminal/prompts.ts"
      ]
    )
    assert.deepStrictEqual(holding(/\btoTerminal\(|\btoTable\(/), [
      "cli/src/gateway/accessLog.ts",
      "cli/src/gateway/serve.ts",
      "cli/src/log.ts",
      "cli/src/terminal/IoStreams.ts",
      "cli/src/terminal/lines.ts"
    ])
  })
})
