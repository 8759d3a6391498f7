/** `models status` for people, and the help: how they look. */

import { StatusReport } from "@clawdbot/domain/Status/StatusReport"
import * as ConfigMemory from "@clawdbot/testing/Config/ConfigMemory"
import * as EnvironmentMemory from "@clawdbot/testing/Environment/EnvironmentMemory"
import * as HealthMemory from "@clawdbot/testing/Health/HealthMemory"
import * as ProfileMemory from "@clawdbot/testing/Profile/ProfileMemory"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Either, Layer, TestClock } from "effect"
import { expect } from "vitest"
import { understand } from "../src/argv/guard.ts"
import { renderHelp } from "../src/help.ts"
import { root } from "../src/root.ts"
import { renderStatus, type StatusView } from "../src/statusText.ts"
import { planted } from "./clawdbot.ts"

const now = 1_800_000_000_000
const hour = 3_600_000

const key = (text: string) => ({ type: "api_key", provider: "anthropic", key: text })
const token = (expires: number) => ({ type: "token", provider: "anthropic", token: planted.setupToken, expires })

interface World {
  readonly config?: string
  readonly store?: unknown
  readonly variables?: Readonly<Record<string, string>>
}

const document = (world: World) =>
  Effect.gen(function* () {
    yield* TestClock.setTime(now)
    return (yield* (yield* StatusReport).report(undefined)).document
  }).pipe(
    Effect.provide(
      StatusReport.Default.pipe(
        Layer.provide(
          Layer.mergeAll(
            ConfigMemory.layer(world.config),
            HealthMemory.layer,
            ProfileMemory.layer(world.store === undefined ? {} : { main: world.store })
          )
        ),
        Layer.provide(Layer.merge(EnvironmentMemory.layer(world.variables), EnvironmentMemory.pathsLayer()))
      )
    )
  )

const view: StatusView = { paths: { home: "/home/me", profileName: undefined }, now, width: 80, color: false }

const full: World = {
  config: `{
    auth: { profiles: { "anthropic:wrong": { provider: "anthropic", mode: "api_key" } }, order: { anthropic: ["anthropic:key", "anthropic:login", "anthropic:old", "anthropic:wrong", "anthropic:gone"] } },
    agents: { defaults: { model: { primary: "opus", fallbacks: ["anthropic/claude-haiku-4-5"] } } }
  }`,
  store: {
    version: 1,
    profiles: {
      "anthropic:key": key(planted.apiKey),
      "anthropic:login": {
        type: "oauth",
        provider: "anthropic",
        access: "access-planted",
        refresh: "refresh-planted",
        expires: now + 5 * hour,
        email: "me@example.org"
      },
      "anthropic:old": token(now - hour),
      "anthropic:wrong": token(now + 900 * hour),
      "anthropic:spare key": key(planted.otherKey),
      "openai:default": { type: "api_key", provider: "openai", key: "sk-other-PLANTEDplantedPLANTED" }
    },
    usageStats: { "anthropic:key": { cooldownUntil: now + 25 * 60_000, errorCount: 3, lastFailureAt: now - 1000 } }
  },
  variables: { ANTHROPIC_API_KEY: planted.otherKey }
}

const worlds: ReadonlyArray<readonly [string, World, Partial<StatusView>]> = [
  ["nothing yet", {}, {}],
  ["one key", { store: { version: 1, profiles: { "anthropic:default": key(planted.apiKey) } } }, {}],
  ["everything that can be wrong", full, {}],
  [
    "the same, 50 columns wide, for --profile work",
    full,
    { width: 50, paths: { home: "/home/me", profileName: "work" } }
  ],
  [
    "all rest",
    {
      store: {
        version: 1,
        profiles: { "anthropic:a": key(planted.apiKey) },
        usageStats: {
          "anthropic:a": { disabledUntil: now + 5 * hour, disabledReason: "billing", lastFailureAt: now - 1 }
        }
      }
    },
    {}
  ],
  [
    "a fallback nobody can answer for",
    {
      config:
        '{ agents: { defaults: { model: { primary: "anthropic/claude-opus-4-5", fallbacks: ["openai/gpt-5"] } } } }',
      variables: { ANTHROPIC_API_KEY: planted.apiKey }
    },
    {}
  ]
]

describe("models status", () => {
  it.effect("looks like this", () =>
    Effect.gen(function* () {
      const parts: Array<string> = []
      for (const [name, world, different] of worlds) {
        parts.push(`## ${name}\n\n${renderStatus(yield* document(world), { ...view, ...different })}\n`)
      }
      const all = parts.join("\n")
      for (const secret of [...Object.values(planted), "access-planted", "refresh-planted"])
        assert.notInclude(all, secret)
      yield* Effect.promise(() => expect(all).toMatchFileSnapshot("golden/status.txt"))
    })
  )

  it.effect("says the same with colours as without them", () =>
    Effect.gen(function* () {
      const facts = yield* document(full)
      const colored = renderStatus(facts, { ...view, color: true })
      assert.include(colored, "\u001b[")
      assert.strictEqual(
        colored.replaceAll(new RegExp(`${String.fromCharCode(27)}\\[\\d+m`, "g"), ""),
        renderStatus(facts, view)
      )
    })
  )

  it.effect("keeps to the width, but never breaks a command", () =>
    Effect.gen(function* () {
      const facts = yield* document(full)
      for (const width of [40, 60, 100, 200]) {
        for (const line of renderStatus(facts, { ...view, width }).split("\n")) {
          const isCommand = /^ *(fix|or): /.test(line)
          const oneWord = !line.trim().includes(" ")
          if (!isCommand && !oneWord) assert.isAtMost(line.length, width, line)
        }
      }
    })
  )

  it.effect("shows only commands that this program understands", () =>
    Effect.gen(function* () {
      const commands: Array<string> = []
      for (const [, world] of worlds) {
        const text = renderStatus(yield* document(world), view)
        for (const [, command = ""] of text.matchAll(/^ *(?:fix|or): .*?clawdbot (.*)$/gm)) commands.push(command)
      }
      assert.isAbove(commands.length, 8)
      for (const command of commands) {
        const argv = [...command.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? "")
        const understood = understand(root, argv)
        assert.isTrue(Either.isRight(understood) && understood.right.spec.run !== undefined, command)
      }
    })
  )
})

describe("help", () => {
  it("looks like this", async () => {
    const parts = [
      [],
      ["onboard"],
      ["models"],
      ["models", "status"],
      ["models", "auth", "paste-token"],
      ["gateway"]
    ].map((path) => {
      const understood = understand(root, [...path, "--help"])
      if (Either.isLeft(understood)) return assert.fail(understood.left.message)
      const { path: words, spec } = understood.right
      return `## ${words.join(" ")} --help\n\n${renderHelp(spec, words, 80)}\n`
    })
    const all = parts.join("\n")
    for (const line of all.split("\n")) assert.isAtMost(line.length, 80, line)
    assert.notInclude(all, "\u001b")
    await expect(all).toMatchFileSnapshot("golden/help.txt")
  })
})
