import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import * as AgentId from "../../src/Agent/AgentId.ts"
import * as AgentRegistry from "../../src/Agent/AgentRegistry.ts"
import { paths } from "../Auth/world.ts"

const registry = AgentRegistry.fromConfig({}, paths)
const inFolder =
  /^\/home\/p\/\.clawdbot\/agents\/[a-z0-9][a-z0-9_-]{0,63}\/agent\/auth-profiles\.json$/

describe("the folder of an agent that a client names", () => {
  const holds = (name: string) =>
    assert.match(AgentRegistry.storePath(registry.get(AgentId.normalize(name))), inFolder, name)

  it("is one below the agents' folder, whatever the name tries", () => {
    for (const name of [
      "../../outside",
      "..%2f..%2foutside",
      "..\\..\\outside",
      "/etc",
      "a".repeat(300),
      "constructor",
      "__proto__",
      "mainé",
      "",
      ".",
      "..",
      "-",
      "_",
      "\u0000",
      "\u202e"
    ])
      holds(name)
  })

  it("for any text", () => {
    fc.assert(fc.property(fc.string({ unit: "binary" }), holds))
    fc.assert(
      fc.property(fc.array(fc.constantFrom("..", "/", "\\", "%2e", "a", "-", "_", ".")), (parts) =>
        holds(parts.join(""))
      )
    )
  })
})
