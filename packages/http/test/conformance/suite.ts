/**
 * Other people's test suites as data, which are not part of this repository: `CLAWDBOT_CONFORMANCE`
 * names the folder they are in. Without it their tests are skipped.
 *
 * Where this program differs from a case on purpose, `conformance/suites.json` has the reason. Such
 * a case must differ: a reason that is left behind fails as well.
 */
import * as fs from "node:fs"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "@effect/vitest"

const folder = process.env.CLAWDBOT_CONFORMANCE

const readJson = (file: string) => JSON.parse(fs.readFileSync(file, "utf8"))

/** The content of a file of the suites; `none` where there is no folder of them. */
export const data = <A>(file: string, none: A): A =>
  folder === undefined ? none : readJson(`${folder}/${file}`)

const listed: Readonly<Record<string, Readonly<Record<string, string>>>> = readJson(
  fileURLToPath(new URL("../../../../conformance/suites.json", import.meta.url))
)

/** One case: its name in the suite, and what fails where this program is otherwise. */
export interface Case {
  readonly id: string
  readonly check: () => void | Promise<void>
}

const differs = async ({ check }: Case): Promise<boolean> => {
  try {
    await check()
    return false
  } catch {
    return true
  }
}

/** A suite as tests, one for each case. */
export const conforms = (name: string, cases: ReadonlyArray<Case>): void => {
  const reasons = listed[name] ?? {}
  describe.skipIf(folder === undefined)(`conformance: ${name}`, () => {
    it("has cases, and every listed difference is of one of them", () => {
      assert.isAbove(cases.length, 0)
      const ids = new Set(cases.map(({ id }) => id))
      assert.deepStrictEqual(
        Object.keys(reasons).filter((id) => !ids.has(id)),
        []
      )
    })
    for (const one of cases) {
      const reason = reasons[one.id]
      if (reason === undefined) it(one.id, one.check)
      else {
        it(`${one.id} (differs: ${reason})`, async () => {
          assert.isTrue(await differs(one), "it does not differ: take it out of the list")
        })
      }
    }
  })
}
