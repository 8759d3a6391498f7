import { execFileSync } from "node:child_process"
import * as fs from "node:fs"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { codeOf } from "../../src/File/FileFailure.ts"
import { maxBytes, readAtOnce, readContent, readDocument } from "../../src/File/readDocument.ts"
import { onDisk } from "../onDisk.ts"
import { temporaryFolder } from "../temporaryState.ts"

const limit = maxBytes.settings

/** The text of a file, or the code it is refused with. */
const outcome = (file: string) =>
  Effect.match(readDocument(file, limit), {
    onFailure: ({ code, column, line }) =>
      line === undefined ? code : `${code} ${line}:${column ?? 0}`,
    onSuccess: ({ byteOrderMark: mark, text }) => `${mark === "" ? "" : "mark+"}${text}`
  })

const utf16 = (text: string, bigEndian = false) => {
  const bytes = Buffer.from(text, "utf16le")
  return bigEndian ? bytes.swap16() : bytes
}

describe("what is read", () => {
  const contents: ReadonlyArray<readonly [string, string | Uint8Array, string]> = [
    ["a string", "{}\n", "{}\n"],
    ["nothing", "", ""],
    ["a byte order mark is no part of the text", "\uFEFF{}", "mark+{}"],
    ["one inside stays", "a\uFEFFb", "a\uFEFFb"],
    ["UTF-16 with its mark", utf16("\uFEFF{ a: 1 }"), "UTF16"],
    ["the same, big-endian", utf16("\uFEFF{ a: 1 }", true), "UTF16"],
    ["UTF-16 without a mark", utf16("{ a: 1 }"), "UTF16"],
    ["the same, big-endian", utf16("{ a: 1 }", true), "UTF16"],
    ["Latin-1", Buffer.from("{\n  // für\n}", "latin1"), "NOT_UTF8 2:7"],
    ["a character that is cut off", Buffer.from("ä€").subarray(0, 4), "NOT_UTF8 1:2"],
    [
      "one byte far behind many good ones",
      Buffer.concat([Buffer.from("ä".repeat(100_000)), Buffer.from([0x80])]),
      "NOT_UTF8 1:100001"
    ]
  ]
  for (const [name, content, expected] of contents) {
    onDisk.scopedLive(name, () =>
      Effect.gen(function* () {
        const file = `${yield* temporaryFolder}/file`
        fs.writeFileSync(file, content)
        assert.strictEqual(yield* outcome(file), expected)
      })
    )
  }

  onDisk.scopedLive("as much as the limit, not a byte more", () =>
    Effect.gen(function* () {
      const file = `${yield* temporaryFolder}/file`
      fs.writeFileSync(file, "x".repeat(limit))
      assert.strictEqual((yield* readDocument(file, limit)).text.length, limit)
      fs.appendFileSync(file, "x")
      assert.strictEqual(yield* outcome(file), "TOO_LARGE")
      // A file without blocks that says that it is huge is not looked into.
      fs.truncateSync(file, 2 ** 40)
      assert.strictEqual(yield* outcome(file), "TOO_LARGE")
    })
  )

  onDisk.scopedLive(
    "no pipe, no device, no socket, no folder, at once and also behind a link",
    () =>
      Effect.gen(function* () {
        const folder = yield* temporaryFolder
        execFileSync("mkfifo", [`${folder}/pipe`])
        fs.mkdirSync(`${folder}/folder`)
        fs.symlinkSync("loop", `${folder}/loop`)
        fs.symlinkSync("none", `${folder}/dangling`)
        fs.writeFileSync(`${folder}/text`, "text")
        const rows = [
          ["pipe", "NOT_A_FILE"],
          ["/dev/zero", "NOT_A_FILE"],
          ["/dev/urandom", "NOT_A_FILE"],
          ["folder", "EISDIR"],
          ["loop", "ELOOP"],
          ["dangling", "ENOENT"],
          ["none", "ENOENT"],
          ["text/below", "ENOTDIR"]
        ] as const
        const atOnce = (file: string) => {
          try {
            return Buffer.from(readAtOnce(file)).toString()
          } catch (cause) {
            return codeOf(cause)
          }
        }
        assert.strictEqual(atOnce(`${folder}/text`), "text")
        for (const [name, code] of rows) {
          const file = name.startsWith("/") ? name : `${folder}/${name}`
          assert.deepStrictEqual([yield* outcome(file), atOnce(file)], [code, code], name)
          fs.symlinkSync(file, `${folder}/link`)
          assert.strictEqual(yield* outcome(`${folder}/link`), code, `a link to ${name}`)
          fs.unlinkSync(`${folder}/link`)
        }
      }).pipe(Effect.timeout("10 seconds"))
  )

  onDisk.scopedLive("a file of the kernel, which says that it is empty", (context) =>
    Effect.gen(function* () {
      if (process.platform !== "linux") return context.skip("needs /proc")
      assert.include((yield* readDocument("/proc/self/status", limit)).text, `Pid:\t${process.pid}`)
    })
  )

  onDisk.scopedLive("a file that another program writes in place again and again, whole", () =>
    Effect.gen(function* () {
      const file = `${yield* temporaryFolder}/file`
      const texts = ["a", "b"].map((letter) => letter.repeat(200_000))
      fs.writeFileSync(file, texts[0] ?? "")
      let stop = false
      const writer = Effect.promise(async () => {
        for (let round = 0; !stop; round++) {
          const handle = await fs.promises.open(file, "r+")
          await handle.write(texts[round % 2] ?? "", 0)
          await handle.close()
          // real time: plays another program, which leaves the file alone between two writes.
          await new Promise((resolve) => setTimeout(resolve, 15))
        }
      })
      yield* Effect.forkScoped(writer)
      for (let round = 0; round < 100; round++) {
        const { text } = yield* readDocument(file, limit)
        assert.strictEqual(text.length, 200_000)
      }
      stop = true
    })
  )
})

describe("a copy beside the file", () => {
  const written = "new content\n"
  const rows: ReadonlyArray<readonly [string, string | Buffer, string]> = [
    ["stands in for an empty file", "", written],
    ["stands in for its own beginning", "new con", written],
    ["is what the file has", written, written],
    ["stands in for bytes that never reached the disk", Buffer.from("new\0\0\0\0tent"), written],
    ["is nothing beside what was there before", "old content\n", "old content\n"],
    ["is nothing beside what somebody wrote since", "newer content\n", "newer content\n"],
    ["is nothing beside something longer", `${written}more\n`, `${written}more\n`]
  ]
  for (const [name, found, expected] of rows) {
    onDisk.scopedLive(name, () =>
      Effect.gen(function* () {
        const folder = yield* temporaryFolder
        fs.writeFileSync(`${folder}/file`, found)
        fs.writeFileSync(`${folder}/.file.clawdbot-copy`, written)
        fs.mkdirSync(`${folder}/elsewhere`)
        fs.symlinkSync("../file", `${folder}/elsewhere/link`)
        for (const path of [`${folder}/file`, `${folder}/elsewhere/link`]) {
          const { bytes, fromCopy } = yield* readContent(path, limit)
          assert.strictEqual(Buffer.from(bytes).toString(), expected)
          assert.strictEqual(fromCopy, expected === written)
        }
      })
    )
  }
})

it("every file is read this way", () => {
  const packages = fileURLToPath(new URL("../../../", import.meta.url))
  const others = /\breadFile(?:Sync|String)?\(|\bcreateReadStream\(|\breadAlloc\(/
  const found = ["node", "http", "cli"].flatMap((name) =>
    fs
      .readdirSync(`${packages}/${name}/src`, { recursive: true, encoding: "utf8" })
      .filter(
        (file) =>
          file.endsWith(".ts") &&
          others.test(fs.readFileSync(`${packages}/${name}/src/${file}`, "utf8"))
      )
      .map((file) => `${name}/src/${file}`)
  )
  assert.sameMembers(found, [
    // The program's own files.
    "cli/src/main.ts",
    "cli/src/start/CompiledCode.ts",
    "http/src/dashboard/readPage.ts",
    // Files of the kernel.
    "node/src/File/mounts.ts",
    "node/src/Process/descriptors.ts",
    // The way itself, where it cannot wait: an open file that was looked at.
    "node/src/File/PosixFiles.ts",
    // Before the command is loaded, a config that is a file of a size that people write.
    "cli/src/start/tokenOfGateway.ts",
    // What a person names on the command line, which may be a pipe on purpose.
    "cli/src/input.ts",
    // The file that is about to be overwritten, already open.
    "node/src/File/inPlace.ts",
    // The last byte of a file that is open for appending.
    "node/src/Usage/UsageFiles.ts"
  ])
})
