import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import * as AgentId from "../../src/Agent/AgentId.ts"
import * as AgentRegistry from "../../src/Agent/AgentRegistry.ts"
import * as Environment from "../../src/Environment/Environment.ts"
import * as ProfileDocument from "../../src/Profile/ProfileDocument.ts"
import { ofSecrets } from "../../src/Status/secretFindings.ts"
import { paths } from "../Auth/world.ts"

const agent = AgentRegistry.fromConfig({}, paths).get(AgentId.main)
const config = {
  path: paths.configPath,
  exists: true,
  config: {},
  value: Redacted.make({}),
  environment: Environment.empty,
  migrations: [],
  warnings: [],
  source: () => ({ _tag: "Default" as const })
}

/** What is said of a stored key that looks like none. */
const findingOf = (profile: string) => {
  const document = Either.getOrThrow(
    ProfileDocument.decode({
      profiles: { [profile]: { type: "api_key", provider: "anthropic", key: "foo" } }
    })
  )
  const store = Either.right({
    agent: AgentId.main,
    path: "/stores/main",
    document,
    exists: true,
    notices: []
  })
  return ofSecrets([{ agent, store, status: undefined, loggedOut: [] }], config)[0]
}

describe("a stored secret of an unusual form", () => {
  it("is tested and replaced by commands that work when they are pasted", () => {
    const finding = findingOf("anthropic:it's mine")
    assert.strictEqual(
      finding?.fix,
      "to test it: clawdbot models status --probe --agent main " +
        "--probe-profile 'anthropic:it'\\''s mine'"
    )
    assert.deepStrictEqual(finding?.alternatives, [
      "to replace it: clawdbot models auth paste-token --provider anthropic " +
        "--profile-id 'anthropic:it'\\''s mine' --agent main"
    ])
  })
})
