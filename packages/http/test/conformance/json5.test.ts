/** json5/json5-tests: what a config may be, and that an edit and its undo leave no trace. */
import * as Json5Document from "@clawdbot/json5-edit/Json5Document"
import { assert } from "@effect/vitest"
import * as Either from "effect/Either"
import { conforms, data } from "./suite.ts"

interface Input {
  readonly file: string
  readonly base64: string
  readonly valid: boolean
}

const { cases } = data<{ readonly cases: ReadonlyArray<Input> }>("json5-tests.json", { cases: [] })

/** The place where something new goes; none in a document that holds a single value. */
const roomIn = (value: unknown): ReadonlyArray<string | number> | undefined => {
  if (Array.isArray(value)) return [value.length]
  return typeof value === "object" && value !== null ? ["something new"] : undefined
}

conforms(
  "json5-tests",
  cases.map(({ base64, file, valid }) => ({
    id: file,
    check: () => {
      const text = Buffer.from(base64, "base64").toString("utf8")
      const read = Json5Document.parse(text)
      assert.strictEqual(Either.isRight(read), valid)
      const path = Either.isRight(read) ? roomIn(read.right.value) : undefined
      if (Either.isLeft(read) || path === undefined) return
      const undone = Json5Document.set(read.right, path, { deep: ["x", 1] }).pipe(
        Either.flatMap((edited) => Json5Document.unset(edited, path))
      )
      assert.strictEqual(Either.getOrThrow(undone).text, text)
    }
  }))
)
