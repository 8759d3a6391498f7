import * as fs from "node:fs/promises"
import { SharedLogin } from "@clawdbot/domain/ClaudeCode/SharedLogin"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Option, Redacted } from "effect"
import { temporaryFolder } from "../OAuth/fleet.ts"
import { document, layerIn, login } from "./world.ts"

/**
 * Stands in for the system's `security`: items in a JSON file, every argument it is given in another. Speaks the three forms in use.
 */
const scripted = (folder: string, hangs: boolean) => `#!${process.execPath}
const fs = require("node:fs")
const args = process.argv.slice(2)
fs.appendFileSync(${JSON.stringify(`${folder}/arguments`)}, JSON.stringify(args) + "\\n")
const file = ${JSON.stringify(`${folder}/items.json`)}
const items = JSON.parse(fs.readFileSync(file, "utf8"))
const option = (name, list) => { const at = list.indexOf(name); return at < 0 ? undefined : list[at + 1] }
const find = (list) => items.find((item) => item.service === option("-s", list) && (option("-a", list) ?? item.account) === item.account)
if (args[0] === "find-generic-password") {
  const item = find(args)
  if (item === undefined) { process.stderr.write("security: SecKeychainSearchCopyNext: The specified item could not be found in the keychain.\\n"); process.exit(44) }
  if (!args.includes("-w")) { process.stdout.write('keychain: "/k"\\nclass: "genp"\\nattributes:\\n    "acct"<blob>="' + item.account + '"\\n    "svce"<blob>="' + item.service + '"\\n'); process.exit(0) }
  if (${hangs}) { setInterval(() => {}, 1000) } else {
    const plain = /^[\\x20-\\x7e]*$/.test(item.password)
    process.stdout.write((plain ? item.password : Buffer.from(item.password).toString("hex")) + "\\n")
  }
} else if (args[0] === "-i") {
  let text = ""
  process.stdin.on("data", (chunk) => { text += chunk }).on("end", () => {
    for (const line of text.split("\\n").filter(Boolean)) {
      const words = [...line.slice(0, 4096).matchAll(/"((?:[^"\\\\]|\\\\.)*)"|(\\S+)/g)].map((m) => m[2] ?? m[1].replace(/\\\\(.)/g, "$1"))
      if (words[0] !== "add-generic-password" || !words.includes("-U")) process.exit(2)
      const item = find(words)
      const password = Buffer.from(option("-X", words), "hex").toString("utf8")
      if (item === undefined) items.push({ service: option("-s", words), account: option("-a", words), password })
      else item.password = password
      fs.writeFileSync(file, JSON.stringify(items))
    }
  })
} else process.exit(2)
`

const begin = (items: ReadonlyArray<{ service: string; account: string; password: string }>, hangs = false) =>
  Effect.gen(function* () {
    const folder = yield* temporaryFolder
    const command = `${folder}/security`
    yield* Effect.promise(() => fs.writeFile(command, scripted(folder, hangs), { mode: 0o755 }))
    yield* Effect.promise(() => fs.writeFile(`${folder}/items.json`, JSON.stringify(items)))
    const options = { platform: "darwin" as const, keychain: { command, timeoutMs: hangs ? 1_000 : 20_000 } }
    return {
      folder,
      layer: layerIn(folder, options),
      items: Effect.promise(async () => {
        const value: ReadonlyArray<{ account: string; password: string }> = JSON.parse(
          await fs.readFile(`${folder}/items.json`, "utf8")
        )
        return value
      }),
      arguments: Effect.promise(() => fs.readFile(`${folder}/arguments`, "utf8"))
    }
  })

const item = (account: string, value: unknown) => ({
  service: "Claude Code-credentials",
  account,
  password: JSON.stringify(value)
})

const write = Effect.scoped(
  Effect.gen(function* () {
    const held = yield* (yield* SharedLogin).hold
    yield* held.write(login("new"))
  })
)

describe("SharedLoginMachine, with the Keychain", () => {
  it.scopedLive("writes to the item's own account, over stdin", () =>
    Effect.gen(function* () {
      const keychain = yield* begin([item('a "person" here', document("old"))])
      yield* write.pipe(Effect.provide(keychain.layer))
      const items = yield* keychain.items
      assert.lengthOf(items, 1)
      assert.strictEqual(items[0]?.account, 'a "person" here')
      assert.deepStrictEqual(JSON.parse(items[0]?.password ?? ""), document("new", 2_000))
      const seen = yield* keychain.arguments
      assert.notInclude(seen, "sk-ant-")
      assert.notInclude(seen, Buffer.from("sk-ant-").toString("hex"))
    })
  )

  it.scopedLive("reads the older item where there is no newer one, and the file where there is none", () =>
    Effect.gen(function* () {
      const older = yield* begin([{ ...item("me", document("older")), service: "Claude Code" }])
      const peek = Effect.flatMap(SharedLogin, (shared) => shared.peek)
      const theirs = Option.getOrThrow(yield* peek.pipe(Effect.provide(older.layer)))
      assert.strictEqual(theirs.type === "oauth" && Redacted.value(theirs.refresh), "sk-ant-ort01-older")
      const none = yield* begin([])
      yield* Effect.promise(() => fs.mkdir(`${none.folder}/.claude`))
      yield* Effect.promise(() =>
        fs.writeFile(`${none.folder}/.claude/.credentials.json`, JSON.stringify(document("file")))
      )
      const filed = Option.getOrThrow(yield* peek.pipe(Effect.provide(none.layer)))
      assert.strictEqual(filed.type === "oauth" && Redacted.value(filed.refresh), "sk-ant-ort01-file")
    })
  )

  it.scopedLive("refuses to store what would be cut", () =>
    Effect.gen(function* () {
      const long = { ...document("old"), more: "x".repeat(4_000) }
      const keychain = yield* begin([item("me", long)])
      const failure = yield* Effect.flip(write.pipe(Effect.provide(keychain.layer)))
      assert.deepInclude(failure, { operation: "write", code: "EMSGSIZE" })
      assert.deepStrictEqual(JSON.parse((yield* keychain.items)[0]?.password ?? ""), long)
    })
  )

  it.scopedLive("waits for no dialog", () =>
    Effect.gen(function* () {
      const keychain = yield* begin([item("me", document("old"))], true)
      const failure = yield* Effect.flatMap(SharedLogin, (shared) => shared.peek).pipe(
        Effect.provide(keychain.layer),
        Effect.flip
      )
      assert.deepInclude(failure, { operation: "read", code: "ETIMEDOUT" })
    })
  )
})
