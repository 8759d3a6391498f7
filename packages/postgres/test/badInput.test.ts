/** What a store is not started with: each is refused with its cure, and shows nothing secret. */
import * as Config from "@clawdbot/domain/Config/Config"
import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import pg from "pg"
import * as ConnectionUrl from "../src/connectionUrl.ts"
import { channelOf } from "../src/Database.ts"
import * as Sealing from "../src/sealing.ts"
import * as StoreKey from "../src/storeKey.ts"

const check = (url: string) => ConnectionUrl.check(Redacted.make(url), "store.url")

describe("the address of a store", () => {
  const refused = [
    ["db.example:5432/x", "begins with db.example:"],
    ["db.example", "not an address"],
    ["mysql://u:secret@localhost/x", "begins with mysql:"],
    ["postgres://u:secret@localhost", "names no database"],
    ["postgres://u:secret@db.example/x", "not encrypted"],
    ["postgres://u:secret@db.example/x?sslmode=require", "sslmode=require"],
    ["postgres://u:secret@db.example/x?sslmode=prefer", "sslmode=prefer"],
    // `pg` connects to the host of the query, whatever stands before it.
    ["postgres://u:secret@localhost/x?host=db.example", "db.example is not this machine"],
    // Of a key that is given twice `pg` takes the last value.
    [
      "postgres://u:secret@db.example/x?sslmode=verify-full&sslmode=prefer",
      "sslmode=prefer does not say"
    ],
    ["postgres://u:secret@db.example/x?sslmode=verify-full&sslmode=", "not encrypted"],
    [
      "postgres://u:secret@localhost/x?host=localhost&host=db.example",
      "db.example is not this machine"
    ],
    [
      "postgres://u:secret@db.example/x?sslmode=verify-full&sslrootcert=/none.pem",
      "cannot be read (ENOENT)"
    ],
    ["postgres://u:secret@localhost/x?sslmode=disable&sslkey=/", "cannot be read (EISDIR)"],
    ["postgres://u:secret@localhost/x%ff", "a % that begins no character"],
    ["postgres://u:secret%ff@localhost/x", "a % that begins no character"],
    ["postgres://u:secret@localhost/x?port=secret", "its port is no number"]
  ] as const
  for (const [url, problem] of refused) {
    it(`is refused: ${url}`, () => {
      const found = check(url)
      assert.isTrue(Either.isLeft(found))
      if (Either.isRight(found)) return
      assert.include(found.left.message, problem)
      assert.notInclude(found.left.message + found.left.cure, "secret")
      assert.isNotEmpty(found.left.cure)
    })
  }

  it("is used where it is loopback, a socket, verified, or said to be in the clear", () => {
    for (const [url, where] of [
      ["postgres://u@localhost/x", "localhost:5432/x"],
      ["postgres://u:p@127.0.0.1:6000/x", "127.0.0.1:6000/x"],
      ["postgresql://u@[::1]/x", "[::1]:5432/x"],
      ["postgres:///x?host=/run/postgresql", "/run/postgresql:5432/x"],
      ["postgres://u:p@db.example/x?sslmode=verify-full", "db.example:5432/x"],
      ["postgres://u:p@db.internal/x?sslmode=disable", "db.internal:5432/x"]
    ] as const)
      assert.strictEqual(Either.getOrThrow(check(url)).where, where, url)
  })
})

describe("an address that is used", () => {
  const ends = ["", "&host=db.internal", "&host=", "&port=7000", "&port=", "&sslmode=disable"]
  const queries = ends.flatMap((one) => ends.map((other) => `?sslmode=verify-full${one}${other}`))

  it("is shown, and is encrypted, as its client connects", () => {
    for (const query of queries) {
      const url = `postgres://u:p@db.example:6000/x${query}`
      const { config, where } = Either.getOrThrow(check(url))
      for (const given of [{ connectionString: url }, Redacted.value(config)]) {
        const client = new pg.Client(given)
        assert.strictEqual(where, `${client.host}:${client.port}/${client.database}`, url)
        if (!query.includes("disable")) assert.deepEqual<unknown>(client.ssl, {}, url)
      }
    }
  })
})

describe("the schema of a store", () => {
  it("leaves room for the name of the notices: the server cuts names at 63 characters", () => {
    const decoded = (schema: string) => Config.decode({ store: { type: "postgres", schema } })
    const longest = "s".repeat(54)
    assert.isTrue(Either.isRight(decoded(longest)))
    assert.isTrue(Either.isLeft(decoded(`${longest}s`)))
    assert.strictEqual(channelOf(longest).length, 63)
  })
})

describe("the key of a store", () => {
  it("is 32 bytes in base64 or hexadecimal", () => {
    const bytes = Buffer.alloc(32, 7)
    const marks = ["base64", "base64url", "hex"].map((encoding) => {
      const text = bytes.toString(encoding === "hex" ? "hex" : "base64")
      return Either.getOrThrow(StoreKey.parse(Redacted.make(`${text}\n`), "a file")).mark
    })
    assert.strictEqual(new Set(marks).size, 1)
    for (const text of ["", "short", "x".repeat(64), Buffer.alloc(31).toString("base64")])
      assert.isTrue(Either.isLeft(StoreKey.parse(Redacted.make(text), "a file")), text)
  })
})

describe("what is sealed", () => {
  const key = Redacted.make(Buffer.alloc(32, 1))
  const place: Sealing.Place = ["profile", "main", "anthropic:work"]
  const sealed = Sealing.sealBytes(key, Buffer.from("sk-ant-secret"), place)

  it("opens under its key, in its place", () => {
    const opened = Either.getOrThrow(Sealing.openBytes(key, sealed, place))
    assert.strictEqual(Redacted.value(opened).toString(), "sk-ant-secret")
  })

  it("does not open in another place, under another key, or changed", () => {
    const other = Redacted.make(Buffer.alloc(32, 2))
    const changed = Buffer.from(sealed)
    changed.writeUInt8(changed.readUInt8(40) ^ 1, 40)
    const tries = [
      Sealing.openBytes(key, sealed, ["profile", "main", "anthropic:other"]),
      Sealing.openBytes(key, sealed, ["profile", "mainanthropic", ":work"]),
      Sealing.openBytes(other, sealed, place),
      Sealing.openBytes(key, changed, place),
      Sealing.openBytes(key, Buffer.alloc(3), place)
    ]
    assert.isTrue(tries.every(Either.isLeft))
  })
})
