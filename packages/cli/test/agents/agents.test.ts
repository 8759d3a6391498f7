import * as AgentId from "@clawdbot/domain/Agent/AgentId"
import * as AgentRegistry from "@clawdbot/domain/Agent/AgentRegistry"
import type { Config } from "@clawdbot/domain/Config/Config"
import { defined } from "@clawdbot/domain/Document/defined"
import type { Paths } from "@clawdbot/domain/Environment/StatePaths"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as fc from "fast-check"
import { addAgent, named } from "../../src/commands/agents/agentEdits.ts"
import { freshHome, put, run, textOf } from "../commandLine.ts"

const file = ".clawdbot/clawdbot.json"
const store = (agent: string) => `.clawdbot/agents/${agent}/agent/auth-profiles.json`
const key =
  "sk-ant-api03-PLANTEDplantedPLANTEDplantedPLANTEDplantedPLANTEDplantedPLANTEDplantedPLANTEDplanted-AA"

const profiles = (id: string) =>
  JSON.stringify({
    version: 1,
    profiles: { [id]: { type: "api_key", provider: "anthropic", key } }
  })

const asJson = (text: string): unknown => JSON.parse(text)

describe("agents add", () => {
  it.scopedLive("the default agent stays who it was, and the new one begins with nothing", () =>
    Effect.gen(function* () {
      const home = yield* freshHome
      yield* put(home, store("main"), profiles("anthropic:default"))
      const done = yield* run(home, ["agents", "add", "Research Bot"])
      assert.strictEqual(done.status, 0, done.stderr)
      assert.include(
        done.stdout,
        "Agent: research-bot\nFolder: ~/.clawdbot/agents/research-bot/agent\nProfiles: its own"
      )
      assert.include(done.stderr, "clawdbot onboard --agent research-bot")
      const listed = yield* run(home, ["agents", "list", "--json"])
      assert.deepStrictEqual(asJson(listed.stdout), [
        {
          id: "main",
          isDefault: true,
          agentDir: "HOME/.clawdbot/agents/main/agent",
          authStorePath: `HOME/${store("main")}`,
          model: "anthropic/claude-opus-4-5",
          inheritFrom: null
        },
        {
          id: "research-bot",
          isDefault: false,
          agentDir: "HOME/.clawdbot/agents/research-bot/agent",
          authStorePath: `HOME/${store("research-bot")}`,
          model: "anthropic/claude-opus-4-5",
          inheritFrom: null
        }
      ])
      assert.isUndefined(yield* textOf(home, store("research-bot")))
      const explained = yield* run(home, ["models", "auth", "explain", "--agent", "research-bot"])
      assert.include(explained.stdout, "Next credential: none available")
    })
  )

  it.scopedLive("an agent that inherits uses the other's profiles and copies nothing", () =>
    Effect.gen(function* () {
      const home = yield* freshHome
      yield* put(home, store("main"), profiles("anthropic:default"))
      yield* put(home, file, "{\n  // mine\n  agents: { list: [{ id: 'main' }] },\n}\n")
      const done = yield* run(home, ["agents", "add", "helper", "--inherit-from", "main"])
      assert.include(done.stdout, "Profiles: its own, then those of main")
      const text = yield* textOf(home, file)
      assert.include(text, "// mine")
      assert.include(
        (yield* run(home, ["models", "auth", "explain", "--agent", "helper"])).stdout,
        "Next credential: anthropic:default"
      )
      assert.isUndefined(yield* textOf(home, store("helper")))
      const again = yield* run(home, ["agents", "add", "Helper", "--inherit-from", "main"])
      assert.include(again.stdout, "already set")
      assert.strictEqual(yield* textOf(home, file), text)
      const own = yield* run(home, [
        "models",
        "auth",
        "order",
        "get",
        "--provider",
        "anthropic",
        "--agent",
        "helper",
        "--json"
      ])
      assert.deepInclude(asJson(own.stdout), { agentId: "helper", order: null })
    })
  )

  it.scopedLive(
    "a default agent that inherits can use the models the other one has a credential for",
    () =>
      Effect.gen(function* () {
        const home = yield* freshHome
        yield* put(home, store("main"), profiles("anthropic:default"))
        const available = (auth: string) =>
          put(home, file, `{ agents: { list: [{ id: 'helper'${auth} }] } }`).pipe(
            Effect.zipRight(run(home, ["models", "list", "--json"])),
            Effect.map(({ stdout }) => stdout.includes('"available": true'))
          )
        assert.isFalse(yield* available(""))
        assert.isTrue(yield* available(", auth: { inheritFrom: 'main' }"))
      })
  )

  it.scopedLive(
    "names that mean nothing, and an agent that inherits from itself, are wrong usage",
    () =>
      Effect.gen(function* () {
        const home = yield* freshHome
        for (const argv of [
          ["!!"],
          ["a", "--inherit-from", "?"],
          ["a", "--inherit-from", "A"],
          []
        ]) {
          assert.strictEqual(
            (yield* run(home, ["agents", "add", ...argv])).status,
            2,
            argv.join(" ")
          )
        }
        assert.isUndefined(yield* textOf(home, file))
      })
  )
})

const paths: Paths = {
  home: "/h",
  workingFolder: "/h",
  stateDir: "/h/.clawdbot",
  configPath: "/h/.clawdbot/clawdbot.json",
  agentDirOverride: undefined,
  oauthDir: "/h/.clawdbot/credentials",
  profileName: undefined
}

/** What the edits come to, for the shapes they have. */
const applied = (
  config: Config,
  id: AgentId.AgentId,
  inheritFrom: AgentId.AgentId | undefined
): Config => {
  const list: Array<NonNullable<NonNullable<Config["agents"]>["list"]>[number]> = [
    ...(config.agents?.list ?? [])
  ]
  for (const edit of addAgent(config, id, inheritFrom)) {
    assert.strictEqual(edit._tag, "Set")
    const [, , index] = edit.path
    const value = edit._tag === "Set" ? edit.value : undefined
    if (index === undefined && Array.isArray(value)) list.push(...value)
    else if (typeof index === "number" && edit.path.length === 3)
      list[index] = value as (typeof list)[number]
    else if (typeof index === "number" && inheritFrom !== undefined) {
      const before = list[index]
      if (before !== undefined) list[index] = { ...before, auth: { inheritFrom } }
    }
  }
  return { agents: { list } }
}

describe("addAgent", () => {
  const ids = fc.constantFrom("main", "a", "b-1", "C").map(AgentId.normalize)
  it("lists the agent, keeps the default one, and has nothing to do a second time", () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(ids),
        fc.option(fc.nat(3), { nil: undefined }),
        ids,
        fc.option(ids, { nil: undefined }),
        (present, flagged, id, source) => {
          const inheritFrom = source === id ? undefined : source
          const config: Config =
            present.length === 0
              ? {}
              : {
                  agents: {
                    list: present.map((one, index) => ({
                      id: one,
                      ...defined({ default: index === flagged ? true : undefined })
                    }))
                  }
                }
          const before = AgentRegistry.fromConfig(config, paths)
          const next = applied(config, id, inheritFrom)
          const after = AgentRegistry.fromConfig(next, paths)
          assert.strictEqual(after.defaultAgent, before.defaultAgent)
          assert.isTrue(after.agents.some((agent) => agent.id === id))
          assert.strictEqual(after.get(id).inheritFrom, inheritFrom)
          assert.isTrue(
            before.agents.every((agent) => after.agents.some((other) => other.id === agent.id))
          )
          assert.deepStrictEqual(addAgent(next, id, inheritFrom), [])
        }
      )
    )
  })

  it("a name without a usable character is none, and never main by accident", () => {
    assert.isTrue(Option.isNone(named("  ")))
    assert.isTrue(Option.isNone(named("日本")))
    assert.deepStrictEqual(named(" Main "), Option.some(AgentId.main))
  })
})
