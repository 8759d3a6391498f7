/** A change of one thing leaves everything else of a store as it was read, whatever it is. */

import * as JsonText from "@clawdbot/json5-edit/JsonText"
import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as Credential from "../../src/Profile/Credential.ts"
import * as ProfileDocument from "../../src/Profile/ProfileDocument.ts"
import * as ProfileId from "../../src/Profile/ProfileId.ts"
import * as ProviderId from "../../src/Profile/ProviderId.ts"

type Json = Readonly<Record<string, unknown>>

const document = (text: string): ProfileDocument.ProfileDocument =>
  Either.getOrThrow(ProfileDocument.decode(JSON.parse(text)))

/** The text of a store after a change of its document. */
const written = (
  text: string,
  change: (before: ProfileDocument.ProfileDocument) => ProfileDocument.ProfileDocument
): string => JsonText.change(text, Redacted.value(ProfileDocument.encode(change(document(text)))))

/** What the text holds at a path, as text, because a value forgets what large numbers were. */
const own = (value: unknown, key: string): unknown =>
  typeof value === "object" && value !== null && Object.hasOwn(value, key)
    ? Object.getOwnPropertyDescriptor(value, key)?.value
    : undefined
const section = (text: string, key: string): Json => Object(own(JSON.parse(text), key))
const without = (value: Json, ...keys: ReadonlyArray<string>): Json =>
  Object.fromEntries(Object.entries(value).filter(([key]) => !keys.includes(key)))

const names = FastCheck.oneof(
  FastCheck.constantFrom("__proto__", "constructor", "anthropic:a", "anthropic:b", "x", "1"),
  FastCheck.string({ minLength: 1, maxLength: 6 })
)
const anything = FastCheck.jsonValue({ maxDepth: 2 })
/** What stands in for a field in other programs' files. */
const oddities = FastCheck.oneof(
  anything,
  FastCheck.constantFrom(
    { source: "env", id: "K" },
    "1804854725656",
    "2027-01-01T00:00:00Z",
    -1,
    1e17
  )
)
const records = FastCheck.oneof(
  { weight: 3, arbitrary: Arbitrary.make(Schema.encodedSchema(Credential.CredentialRecord)) },
  { weight: 1, arbitrary: anything }
).chain((record) =>
  typeof record === "object" && record !== null && !Array.isArray(record)
    ? FastCheck.array(
        FastCheck.tuple(
          FastCheck.oneof(FastCheck.constantFrom(...Object.keys(record), "key", "expires"), names),
          oddities
        ),
        { maxLength: 3 }
      ).map((changes): unknown =>
        Object.fromEntries(
          [...Object.entries(record), ...changes]
            .filter(([key, value]) => value !== undefined && key !== "type")
            .concat("type" in record ? [["type", record.type]] : [])
        )
      )
    : FastCheck.constant<unknown>(record)
)
const objects = (values: FastCheck.Arbitrary<unknown>) =>
  FastCheck.array(FastCheck.tuple(names, values), { maxLength: 5 }).map(
    (entries): Json => Object.fromEntries(entries)
  )
const lists = FastCheck.oneof(
  FastCheck.array(FastCheck.oneof(names, anything), { maxLength: 3 }),
  anything
)
const stores = FastCheck.record(
  {
    version: FastCheck.constantFrom<unknown>(1, 0, "1", null, "old"),
    profiles: objects(records),
    order: FastCheck.oneof(objects(lists), anything),
    lastGood: FastCheck.oneof(objects(names), anything),
    usageStats: FastCheck.oneof(objects(anything), anything)
  },
  { requiredKeys: ["version", "profiles"] }
)
const texts = FastCheck.tuple(
  stores,
  objects(anything),
  FastCheck.constantFrom(undefined, 2, "\t")
).map(([store, more, space]) =>
  // Through text: in a file -0 is 0.
  JSON.stringify(JSON.parse(JSON.stringify({ ...more, ...store })), null, space)
)
const key = (text: string): Credential.Credential => ({
  type: "api_key",
  provider: ProviderId.anthropic,
  key: Redacted.make(text),
  extra: Credential.noExtra
})
const runs = { numRuns: 400 }

describe("a change of a store", () => {
  it("that is none changes no byte", () => {
    FastCheck.assert(
      FastCheck.property(texts, (text) => {
        assert.strictEqual(
          written(text, (before) => before),
          text
        )
      }),
      runs
    )
  })

  it("of one profile leaves every other record and section as it was", () => {
    FastCheck.assert(
      FastCheck.property(texts, names, FastCheck.boolean(), (text, name, isRemoved) => {
        const id = ProfileId.of(name)
        const after = written(text, (before) =>
          isRemoved ? ProfileDocument.remove(before, id) : ProfileDocument.set(before, id, key("k"))
        )
        assert.deepStrictEqual(
          without(section(after, "profiles"), name),
          without(section(text, "profiles"), name)
        )
        assert.deepStrictEqual(
          own(section(after, "profiles"), name),
          isRemoved ? undefined : { type: "api_key", provider: "anthropic", key: "k" }
        )
        const changed = isRemoved ? ["version", "profiles", "order"] : ["version", "profiles"]
        assert.deepStrictEqual(
          without(Object(JSON.parse(after)), ...changed),
          without(Object(JSON.parse(text)), ...changed)
        )
      }),
      runs
    )
  })

  it("of one field leaves every other field of the record as it was", () => {
    FastCheck.assert(
      FastCheck.property(texts, (text) => {
        for (const [id, credential] of document(text).profiles) {
          const disabled = credential.disabled !== true
          const after = written(text, (before) =>
            ProfileDocument.set(before, id, { ...credential, disabled })
          )
          const record = Object(own(section(text, "profiles"), id))
          assert.deepStrictEqual(own(section(after, "profiles"), id), { ...record, disabled })
          assert.deepStrictEqual(document(after).profiles.get(id)?.disabled, disabled)
        }
      }),
      runs
    )
  })

  it("of the order of one provider leaves the others', and its own items that are no ids", () => {
    FastCheck.assert(
      FastCheck.property(
        texts,
        names,
        FastCheck.array(names, { maxLength: 3 }),
        (text, name, ids) => {
          const provider = ProviderId.normalize(name)
          const wanted = ids.map((id) => id.trim()).filter((id) => id !== "")
          const after = written(text, (before) =>
            ProfileDocument.setOrder(before, provider, wanted.map(ProfileId.of))
          )
          const { order } = document(after)
          const expected = new Map(document(text).order)
          if (wanted.length > 0) expected.set(provider, wanted.map(ProfileId.of))
          else expected.delete(provider)
          assert.deepStrictEqual(
            [...order].sort(([one], [other]) => one.localeCompare(other)),
            [...expected].sort(([one], [other]) => one.localeCompare(other))
          )
          assert.deepStrictEqual(section(after, "profiles"), section(text, "profiles"))
        }
      ),
      runs
    )
  })
})

describe("what other programs write", () => {
  const recordOf = (fields: string) => `{"version":1,"profiles":{"x":{${fields}}}}`
  const expiresOf = (expires: string) => {
    const read = document(
      recordOf(
        `"type":"oauth","provider":"anthropic","access":"A","refresh":"R","expires":${expires}`
      )
    ).profiles.get(ProfileId.of("x"))
    return read?.type === "oauth" ? read.expires : undefined
  }

  it("times as numbers, as text and out of range are times that can be shown", () => {
    assert.deepStrictEqual(
      ['"2027-01-01T00:00:00Z"', '"1804854725656"', "1e300", "-5", "null", "{}"].map(expiresOf),
      [1_798_761_600_000, 1_804_854_725_656, 8.64e15, 0, 0, 0]
    )
  })

  it(
    "a login that is refreshed keeps its number as an " + "account, its references, its own fields",
    () => {
      const text = recordOf(
        '"type":"oauth","provider":"Z.AI","access":"A","refresh":"R","expires":"2027-01-01T00:00:00Z","accountId":4711,"email":["a@b.c"],"__proto__":{"k":1},"big":12345678901234567890'
      )
      const id = ProfileId.of("x")
      const after = written(text, (before) => {
        const login = before.profiles.get(id)
        if (login?.type !== "oauth") throw new Error("expected a login")
        return ProfileDocument.set(before, id, { ...login, access: Redacted.make("B"), expires: 5 })
      })
      assert.strictEqual(
        after,
        text.replace('"access":"A"', '"access":"B"').replace('"2027-01-01T00:00:00Z"', "5")
      )
    }
  )

  it("a version that is no number is no reason to fail", () => {
    for (const version of ['{"toString":1,"valueOf":1}', "[]", '"x"', "null"])
      assert.strictEqual(
        ProfileDocument.decode(JSON.parse(`{"version":${version},"profiles":{}}`))._tag,
        "Right"
      )
    for (const version of ["2", '"2"', "1e400"])
      assert.strictEqual(
        ProfileDocument.decode(JSON.parse(`{"version":${version},"profiles":{}}`))._tag,
        "Left"
      )
  })
})
