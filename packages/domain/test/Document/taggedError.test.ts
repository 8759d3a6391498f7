import { taggedError } from "@clawdbot/domain/Document/taggedError"
import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Effect from "effect/Effect"
import * as Equal from "effect/Equal"
import * as Exit from "effect/Exit"
import * as Schema from "effect/Schema"
import * as fc from "fast-check"

const fields = { path: Schema.String, line: Schema.optional(Schema.NumberFromString) }

/** The same error by Effect's own class. */
class Plain extends Schema.TaggedError<Plain>()("FileBroken", fields) {
  override get message() {
    return `${this.path} is broken`
  }
}

let built = 0

class FileBroken extends taggedError<FileBroken>()("FileBroken", () => {
  built += 1
  return fields
}) {
  override get message() {
    return `${this.path} is broken`
  }
}

describe("an error whose schema is built late", () => {
  it.effect("is made, failed with and caught without its schema", () =>
    Effect.gen(function* () {
      const before = built
      const caught = yield* Effect.fail(new FileBroken({ path: "/a", line: 3 })).pipe(
        Effect.catchTag("FileBroken", (error) => Effect.succeed(error))
      )
      assert.strictEqual(caught.message, "/a is broken")
      assert.strictEqual(caught.name, "FileBroken")
      assert.strictEqual(FileBroken._tag, "FileBroken")
      assert.strictEqual(built, before)
      assert.isTrue(Exit.isFailure(yield* Effect.exit(caught)))
    })
  )

  it("is a schema like Effect's own, built once", () => {
    assert.isTrue(Schema.isSchema(FileBroken))
    assert.strictEqual(FileBroken.identifier, Plain.identifier)
    assert.deepStrictEqual(Object.keys(FileBroken.fields), Object.keys(Plain.fields))
    assert.strictEqual(String(FileBroken), String(Plain))
    assert.strictEqual(FileBroken.ast._tag, Plain.ast._tag)
    assert.strictEqual(FileBroken.ast, FileBroken.ast)
    const described = FileBroken.annotations({ description: "a broken file" })
    assert.isTrue(Schema.is(described)(new FileBroken({ path: "/a" })))
    assert.isFalse(Schema.is(FileBroken)(new Plain({ path: "/a" }).toJSON()))
    assert.strictEqual(built, 1)
  })

  it("is written and read like Effect's own, whatever it holds", () => {
    fc.assert(
      fc.property(Arbitrary.make(FileBroken), (error) => {
        const { line, path } = error
        const own = new Plain("line" in error ? { path, line } : { path })
        const written = Schema.encodeSync(FileBroken)(error)
        assert.deepEqual(written, Schema.encodeSync(Plain)(own))
        assert.deepEqual({ ...error }, { ...own })
        const read = Schema.decodeUnknownSync(FileBroken)(written)
        assert.instanceOf(read, FileBroken)
        assert.strictEqual(read.message, own.message)
        // A number that is none equals nothing, itself among it.
        const again = Schema.decodeUnknownSync(FileBroken)(written)
        assert.strictEqual(Equal.equals(read, again), !Number.isNaN(line))
      })
    )
  })

  it("may have a field of the name of a property of errors", () => {
    class NameTaken extends taggedError<NameTaken>()("NameTaken", () => ({
      name: Schema.String,
      message: Schema.String,
      cause: Schema.String
    })) {}
    const given = { name: "work", message: "is taken", cause: "a client" }
    const error = new NameTaken(given)
    assert.strictEqual(`${error.name} ${error.message}`, "work is taken")
    assert.deepEqual(Schema.encodeSync(NameTaken)(error), { ...given, _tag: "NameTaken" })
  })

  it("without fields needs none", () => {
    class Stopped extends taggedError<Stopped>()("Stopped", () => ({})) {
      override readonly message = "stopped"
    }
    assert.deepEqual(Schema.encodeSync(Stopped)(new Stopped()), { _tag: "Stopped" })
  })
})
