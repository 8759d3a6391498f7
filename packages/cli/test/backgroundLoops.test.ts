/**
 * Nothing that runs in the background may end because one run of it failed: every such loop is a
 * `BackgroundLoop`, and every other fork is listed here with the reason why it need not be one.
 */
import { readdirSync, readFileSync } from "node:fs"
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "@effect/vitest"

const packages = fileURLToPath(new URL("../../", import.meta.url))

const sources: ReadonlyArray<readonly [name: string, text: string]> = [
  "domain",
  "json5-edit",
  "node",
  "postgres",
  "http",
  "cli"
].flatMap((name) =>
  readdirSync(path.join(packages, name, "src"), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .map((file): readonly [string, string] => [
      `${name}/src/${file}`,
      readFileSync(path.join(packages, name, "src", file), "utf8")
    ])
)

/** Forks that are no loops: how many a file has, and who hears of their failure. */
const singleForks: Readonly<Record<string, { readonly forks: number; readonly why: string }>> = {
  "domain/src/Auth/openAnswer.ts": {
    forks: 2,
    why: "one request, whose failure reaches its reader, and the timer that ends its hold"
  },
  "domain/src/Background/backgroundLoop.ts": { forks: 1, why: "the loop itself" },
  "domain/src/OAuth/OAuthRefresh.ts": {
    forks: 1,
    why: "a refresh whose failure reaches its waiters"
  },
  "domain/src/OAuth/refreshFlights.ts": {
    forks: 2,
    why: "a refresh whose failure reaches its waiters, and a repetition of `surviving` work"
  },
  "domain/src/OAuth/exchangeRefreshToken.ts": { forks: 1, why: "one grant, joined at once" },
  "http/src/startGateway.ts": { forks: 1, why: "one request; its failure is answered" },
  "cli/src/terminal/spinner.ts": {
    forks: 1,
    why: "what turns on a terminal, ended with the wait it is shown for"
  },
  "cli/src/runProcess.ts": { forks: 1, why: "the command itself" }
}

const forkCalls =
  /\bEffect\.fork(?:Scoped|Daemon|In|All)?\b|\bRuntime\.runFork\b|\bEffect\.runFork\b/g

describe("what runs in the background", () => {
  it("is a BackgroundLoop, or one of the forks that end by themselves", () => {
    const found = sources.flatMap(([name, text]) => {
      const count = [...text.matchAll(forkCalls)].length
      return count === 0 ? [] : [[name, count] as const]
    })
    assert.deepStrictEqual(
      Object.fromEntries(found),
      Object.fromEntries(Object.entries(singleForks).map(([name, { forks }]) => [name, forks]))
    )
  })

  it("has no other way to repeat itself", () => {
    const others = /\bsetInterval\(|\bEffect\.forever\b|\bStream\.repeat\b/
    assert.deepStrictEqual(
      sources.filter(([, text]) => others.test(text)).map(([name]) => name),
      // Ends one response, and with it itself.
      ["http/src/control/ControlPlane.ts"]
    )
  })

  it("a schedule that never ends is given to a loop, or to work that cannot fail", () => {
    const endless = sources.flatMap(([name, text]) =>
      [...text.matchAll(/Schedule\.(?:spaced|fixed|forever)\b(?!.*\bupTo\()/g)].map(
        ({ index }) => ({
          name,
          before: text.slice(Math.max(0, index - 200), index)
        })
      )
    )
    const outside = endless.filter(({ before }) => !/BackgroundLoop\.start\($/m.test(before))
    assert.deepStrictEqual(
      outside.map(({ name }) => name),
      // Repeats `surviving` work; looks until a connection ends, which a loop makes anew; a
      // heartbeat of a response, which ends with it; a report that a person watches; what turns
      // on a terminal during a wait.
      [
        "domain/src/OAuth/refreshFlights.ts",
        "postgres/src/Notices.ts",
        "http/src/control/controlApp.ts",
        "cli/src/gateway/watchStatus.ts",
        "cli/src/terminal/spinner.ts"
      ]
    )
  })
})
