/** What cures a file that cannot be used: by what was being done, not by the file's name alone. */
import { assert, describe, it } from "@effect/vitest"
import * as FileProblem from "../../src/Document/fileProblem.ts"

const path = "/home/me/.clawdbot/clawdbot.json"
const operations = ["read", "write", "lock", "list", "watch"] as const
const cure = (operation: (typeof operations)[number], code: string): string =>
  FileProblem.cure({ path, operation, code })

describe("the cure of a file", () => {
  it("that another program has locked is to wait, or to remove the lock", () => {
    assert.strictEqual(
      cure("lock", "ETIMEDOUT"),
      `wait until the other program has finished; if none is running: rmdir ${path}.lock`
    )
    const spaced = FileProblem.cure({ path: "/a b/c", operation: "lock", code: "ETIMEDOUT" })
    assert.match(spaced, /rmdir '\/a b\/c\.lock'$/)
  })

  for (const code of ["EACCES", "EPERM"])
    it(`that cannot be put in its place (${code}) names the folder, which refuses it`, () => {
      for (const operation of ["write", "lock"] as const) {
        assert.match(cure(operation, code), /folder \/home\/me\/\.clawdbot\b/)
        assert.notInclude(cure(operation, code), path)
      }
      for (const operation of ["read", "list", "watch"] as const)
        assert.strictEqual(cure(operation, code), `check who owns ${path} and its permissions`)
    })

  it("never blames permissions for what they do not do", () => {
    for (const operation of operations)
      for (const code of [
        "EROFS",
        "EIO",
        "ENOSPC",
        "EDQUOT",
        "EMFILE",
        "ENFILE",
        "ETIMEDOUT",
        "ESTALE",
        "ELOOP",
        "ENOENT",
        "ENAMETOOLONG",
        "EBUSY",
        "UNKNOWN"
      ]) {
        const text = cure(operation, code)
        assert.notMatch(text, /permission|owns/, `${operation} ${code}`)
        assert.isAbove(text.length, 20)
      }
  })
})
