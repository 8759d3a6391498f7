import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import * as fc from "fast-check"
import { modelGroup, modelLines, plainModelId } from "../../src/Health/modelGroups.ts"
import { type RequestShape, requestTarget } from "../../src/Health/RequestTarget.ts"
import * as Scope from "../../src/Health/Scope.ts"

describe("the target of a request", () => {
  const rows: ReadonlyArray<readonly [RequestShape, string]> = [
    [{}, ""],
    [{ model: "claude-opus-4-8", path: "/v1/messages" }, "group:opus-4"],
    [{ model: "claude-opus-4-8", path: "/v1/messages?beta=true" }, "group:opus-4"],
    [{ model: "claude-opus-4-8", path: "/v1/messages/" }, "group:opus-4"],
    [{ model: "claude-opus-5", fast: true, path: "/v1/messages" }, "fast:opus-5"],
    [{ model: "claude-opus-5", path: "/v1/messages/count_tokens?beta=true" }, "path:count_tokens"],
    [{ path: "/v1/messages/batches/msgbatch_1/results" }, "path:batches"],
    [{ path: "/v1/messages/batches" }, "path:batches"],
    [{ path: "/v1/files/file_1/content" }, "path:files"],
    [{ path: "/v1/models?limit=1000" }, "path:models"],
    [{ path: "/v1/messages" }, "path:messages"],
    [{ path: "/v1/messages/other" }, "path:messages"],
    [{ path: "/" }, "path:other"]
  ]
  for (const [shape, key] of rows) {
    it(`${JSON.stringify(shape)} counts against ${key === "" ? "nothing known" : key}`, () => {
      assert.strictEqual(requestTarget(shape).key, key)
      assert.strictEqual(requestTarget(shape), requestTarget({ ...shape }))
    })
  }

  it("a name of any length is cut, and none makes a scope of another form", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 600 }), (model) => {
        const { family, group } = requestTarget({ model })
        assert.isAtMost(group?.length ?? 0, 64)
        assert.match(`${group} ${family}`, /^[\w.-]+ [\w.-]+$/)
      })
    )
  })
})

describe("groups of models", () => {
  const rows: ReadonlyArray<readonly [string, string, string]> = [
    ["claude-opus-4-20250514", "opus-4.1", "opus"],
    ["claude-opus-4-1", "opus-4.1", "opus"],
    ["claude-opus-4-5-20251101", "opus-4", "opus"],
    ["anthropic/claude-opus-4-8", "opus-4", "opus"],
    ["us.anthropic.claude-opus-4-6-20260101-v1:0", "opus-4", "opus"],
    ["claude-opus-4-5@20251101", "opus-4", "opus"],
    ["claude-opus-4.6[1m]", "opus-4", "opus"],
    ["claude-opus-5", "opus-5", "opus"],
    ["claude-opus-5-20260901", "opus-5", "opus"],
    ["Claude-Opus-5-5[1m]", "opus-5.5", "opus"],
    ["claude-sonnet-4-0", "sonnet-4", "sonnet"],
    ["claude-sonnet-4-6", "sonnet-4", "sonnet"],
    ["claude-sonnet-5", "sonnet-5", "sonnet"],
    ["claude-sonnet-5-5-latest", "sonnet-5.5", "sonnet"],
    ["claude-3-5-haiku-20241022", "haiku-3.5", "haiku"],
    ["claude-haiku-4-5-20251001", "haiku-4.5", "haiku"],
    ["claude-haiku-5-5", "haiku-5.5", "haiku"],
    ["claude-fable-5-20260115", "fable-5", "fable"],
    ["claude-fable-5-2", "fable-5", "fable"],
    ["claude-mythos-5", "mythos-5", "mythos"],
    // No known line: a group of its own, without its date.
    ["claude-opus-6-20270101", "claude-opus-6", "opus"],
    ["claude-3-opus-20240229", "claude-3-opus", "opus"],
    ["my model: α", "my_model", "my_model"],
    ["", "unknown", "unknown"]
  ]
  for (const [model, group, family] of rows) {
    it(`${JSON.stringify(model)} is limited with ${group}`, () => {
      const target = requestTarget({ model })
      assert.deepStrictEqual([target.group, target.family], [group, family])
    })
  }

  it("every line of models has a row here", () => {
    const tested = new Set(rows.map(([model]) => modelGroup(model)))
    for (const line of modelLines) assert.isTrue(tested.has(line.group), line.group)
  })

  it("no id belongs to two lines", () => {
    for (const [model] of rows) {
      const id = plainModelId(model)
      assert.isAtMost(
        new Set(modelLines.filter(({ pattern }) => pattern.test(id)).map(({ group }) => group))
          .size,
        2,
        id
      )
    }
  })
})

describe("what a scope covers", () => {
  const targets = {
    opus4: requestTarget({ model: "claude-opus-4-8" }),
    opus5: requestTarget({ model: "claude-opus-5" }),
    fast5: requestTarget({ model: "claude-opus-5", fast: true }),
    sonnet5: requestTarget({ model: "claude-sonnet-5" }),
    fable: requestTarget({ model: "claude-fable-5" }),
    count: requestTarget({ model: "claude-opus-4-8", path: "/v1/messages/count_tokens" }),
    files: requestTarget({ path: "/v1/files" }),
    any: requestTarget({})
  }
  const messages = ["opus4", "opus5", "fast5", "sonnet5", "fable"]
  const rows: ReadonlyArray<readonly [string, ReadonlyArray<string>]> = [
    ["credential", Object.keys(targets)],
    ["group:opus-4", ["opus4"]],
    ["group:opus-5", ["opus5"]],
    ["input-tokens:opus-4", ["opus4"]],
    ["requests:opus-5", ["opus5"]],
    ["fast:opus-5", ["fast5"]],
    ["fast:opus-4", []],
    ["path:count_tokens", ["count"]],
    ["path:files", ["files"]],
    ["5h", [...messages, "any"]],
    ["7d", [...messages, "any"]],
    ["7d:opus", ["opus4", "opus5", "fast5"]],
    ["7d:fable", ["fable"]],
    // Only shown.
    ["overage", []],
    // Of the first edition (decision D48).
    ["model:opus", ["opus4", "opus5", "fast5"]],
    ["input-tokens:opus", ["opus4", "opus5", "fast5"]],
    ["5h:sonnet", ["sonnet5"]],
    ["tokens", [...messages, "any"]],
    // Not known to this version (decision D43).
    ["credential:eu", Object.keys(targets)],
    ["credentials", Object.keys(targets)],
    ["lane:opus-4", Object.keys(targets)],
    ["group", []],
    ["group:", []]
  ]
  for (const [scope, covered] of rows) {
    it(`${scope} stands in the way of ${covered.join(", ") || "nothing"}`, () => {
      assert.deepStrictEqual(
        Object.entries(targets)
          .filter(([, target]) => Scope.covers(scope, target))
          .map(([name]) => name),
        [...covered]
      )
    })
  }

  it("a limit of one resource never stands in the way of another", () => {
    const name = fc.stringMatching(/^[a-z_]{1,12}$/)
    fc.assert(
      fc.property(name, name, (one, other) => {
        assert.strictEqual(
          Scope.covers(`path:${one}`, requestTarget({ path: `/v1/${other}x` })),
          one === `${other}x`
        )
      })
    )
  })

  it("knows its own scopes from others", () => {
    const isKnown = Schema.is(Scope.KnownScope)
    assert.isTrue(
      ["credential", "group:a", "fast:a", "path:a", "7d:opus", "overage"].every(isKnown)
    )
    assert.isFalse(["lane:a", "credentials", "", "8d"].some(isKnown))
  })
})
