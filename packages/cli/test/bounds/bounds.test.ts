/**
 * Whatever outlives a request is bounded: every collection of the sources stands in the table of
 * docs/guarantees.md with its bound, or below with the reason why it needs none.
 */
import * as fs from "node:fs"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "@effect/vitest"
import { collections, sources } from "./collections.ts"

/** Those that end with the call, the command or the request that made them. */
const brief: Readonly<Record<string, ReadonlyArray<string>>> = {
  "one call that reads a document, a config or a body of at most its limit": [
    "domain/src/Agent/AgentRegistry.ts: entries",
    "domain/src/Agent/AgentRegistry.ts: known",
    "domain/src/Anthropic/CacheTtl.ts: keys",
    "domain/src/Anthropic/CacheTtl.ts: seen",
    "domain/src/Anthropic/FieldScan.ts: around",
    "domain/src/Anthropic/MessageState.ts: found",
    "domain/src/Anthropic/ModelSplice.ts: seen",
    "domain/src/Auth/Roster.ts: members",
    "domain/src/Auth/Roster.ts: rejected",
    "domain/src/Config/EnvSubstitution.ts: missing",
    "domain/src/Config/Include.ts: files",
    "domain/src/Config/KnownKeys.ts: faults",
    "domain/src/Config/KnownKeys.ts: found",
    "domain/src/Config/keyShapes.ts: found",
    "domain/src/Config/MigrationText.ts: taken",
    "domain/src/Config/masking.ts: splices",
    "domain/src/Config/migrations/Draft.ts: lines",
    "domain/src/Config/migrations/Draft.ts: moves",
    "domain/src/PromptCache/PrefixReading.ts: marks",
    "http/src/dataPlane/forwardHeaders.ts: betas",
    "http/src/dataPlane/forwardHeaders.ts: headers",
    "json5-edit/src/SyntaxTree.ts: comments",
    "node/src/Environment/ProcessEnvironment.ts: variables",
    "node/src/Environment/loginShell.ts: chunks",
    "node/src/Environment/sdkProfiles.ts: profiles",
    "node/src/Usage/UsageFiles.ts: days",
    "postgres/src/Move/exportStore.ts: written",
    "postgres/src/Move/importStore.ts: objections",
    "postgres/src/Move/readFolder.ts: files"
  ],
  "one request to somewhere else, whose answer has a limit": [
    "node/src/OAuth/TokenEndpointHttp.ts: chunks",
    "node/src/Upstream/wholeAnswer.ts: chunks"
  ],
  "one request of a client, whose body and answer are held within limits": [
    "domain/src/Auth/AuthResolver.ts: tried",
    "domain/src/Auth/openAnswer.ts: pieces",
    "domain/src/Auth/Progress.ts: broken",
    "domain/src/Auth/Progress.ts: tried",
    "http/src/dataPlane/AnswerBody.ts: waiting",
    "http/src/dataPlane/AnswerRelay.ts: headers",
    "http/src/dataPlane/AnswerRelay.ts: held",
    "http/src/dataPlane/Pieces.ts: pieces",
    "http/src/dataPlane/prepareRequest.ts: used",
    "http/src/telemetry/otlp.ts: list"
  ],
  "a signal that something is due, of which one is enough": [
    "postgres/src/Auth/ResourcePinsPostgres.ts: news",
    "postgres/src/Health/SharedHealth.ts: news"
  ],
  "one for each part of the shared store, from the start": [
    "postgres/src/noticeTasks.ts: due",
    "postgres/src/noticeTasks.ts: greetings",
    "postgres/src/noticeTasks.ts: looks"
  ],
  "nothing is added to it while requests come": [
    "domain/src/Auth/Order.ts: beginning",
    "domain/src/Auth/Order.ts: tried",
    "domain/src/Environment/Environment.ts: empty",
    "domain/src/Health/HealthDocument.ts: empty",
    "domain/src/Health/HealthDocument.ts: profiles",
    "domain/src/Profile/ProfileDocument.ts: empty",
    "domain/src/Profile/ProfileDocument.ts: profiles"
  ],
  "pins of gateways of one test": ["testing/src/Auth/ResourcePinsMemory.ts: pins"],
  "a login that practice mode has none of": ["testing/src/OAuth/RefreshJournalMemory.ts: entries"]
}

/** The rows of the table "What is remembered". */
const rows = (): ReadonlyArray<{
  readonly names: ReadonlyArray<string>
  readonly text: string
}> => {
  const page = fs.readFileSync(
    fileURLToPath(new URL("../../../../docs/guarantees.md", import.meta.url)),
    "utf8"
  )
  const section = /\n## What is remembered\n([\s\S]*?)\n## /.exec(page)?.[1] ?? ""
  return section
    .split("\n")
    .filter((line) => /^\| `\w/.test(line))
    .map((line) => {
      const [file = "", ...rest] = [...(line.split("|")[1] ?? "").matchAll(/`([^`]+)`/g)].map(
        ([, name = ""]) => name
      )
      return { names: rest.map((name) => `${file}: ${name}`), text: line }
    })
}

/** The values of the constants of a name whose right side is made of numbers and such constants. */
const valuesOf = (name: string): ReadonlyArray<number> => {
  const declaration = new RegExp(`^(?:export )?const ${name} = ([\\w* ]+)$`, "m")
  return [...sources.values()].flatMap((text) => {
    const [, right] = declaration.exec(text) ?? []
    if (right === undefined) return []
    const factors = right.split("*").map((factor) => factor.trim().replaceAll("_", ""))
    return factors.reduce<ReadonlyArray<number>>(
      (products, factor) =>
        (/^\d+$/.test(factor) ? [Number(factor)] : valuesOf(factor)).flatMap((value) =>
          products.map((product) => product * value)
        ),
      [1]
    )
  })
}

describe("what is remembered", () => {
  it("stands in the table with its bound, and nothing else does", () => {
    const listed = [...rows().flatMap(({ names }) => names), ...Object.values(brief).flat()]
    const missing = collections.filter((name) => !listed.includes(name))
    const gone = listed.filter((name) => !collections.includes(name))
    assert.deepStrictEqual(
      { missing, gone },
      { missing: [], gone: [] },
      "say in docs/guarantees.md what bounds it, or above why it ends by itself"
    )
  })

  it("has the bounds that the table says", () => {
    const named = rows().flatMap(({ text }) => [...text.matchAll(/`(\w+)` = ([\d,]+)/g)])
    assert.isAbove(named.length, 15)
    for (const [, name = "", value = ""] of named)
      assert.include(valuesOf(name), Number(value.replaceAll(",", "")), name)
  })

  it("has a bound in every row", () => {
    for (const { names, text } of rows()) {
      assert.isNotEmpty(names, text)
      const [, , holds = "", bound = ""] = text.split("|")
      assert.notStrictEqual(holds.trim(), "", text)
      assert.notStrictEqual(bound.trim(), "", text)
    }
  })
})
