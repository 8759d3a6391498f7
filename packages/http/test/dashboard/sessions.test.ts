import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import * as SessionKey from "../../src/dashboard/SessionKey.ts"
import {
  cookieOf,
  endOfCode,
  linkMs,
  maxLinks,
  maxSkewMs,
  pageKeyOf,
  sessionMs,
  sessionOf,
  signedCode,
  withLink,
  withoutLink
} from "../../src/dashboard/sessions.ts"

const under = (key: string) => (text: string) => Buffer.from(`${key}${text}`).toString("base64url")
const isSame = (one: string, other: string) => one === other
const sign = under("key")

describe("sessions of the dashboard", () => {
  const session = { id: "one", until: 1_000 + sessionMs }
  const cookie = cookieOf(session, sign)

  it("are good until their end, under the key they were signed with", () => {
    assert.deepStrictEqual(sessionOf(cookie, sign, isSame, 1_000), session)
    assert.deepStrictEqual(sessionOf(cookie, sign, isSame, session.until - 1), session)
    assert.isUndefined(sessionOf(cookie, sign, isSame, session.until))
    assert.isUndefined(sessionOf(cookie, under("other"), isSame, 1_000))
  })

  it("become no longer by a clock that is set back", () => {
    assert.isUndefined(sessionOf(cookie, sign, isSame, 0))
    assert.isUndefined(sessionOf(cookie, sign, isSame, -10 * 365 * 86_400_000))
  })

  it("cannot be changed, and their halves do not stand for one another", () => {
    const page = pageKeyOf(session, sign)
    for (const other of [
      "",
      "..",
      cookie.replace("one", "two"),
      cookie.replace(String(session.until), String(session.until - 1)),
      `${session.id}.${session.until}.${page}`,
      `${cookie}x`,
      ` ${cookie}`
    ])
      assert.isUndefined(sessionOf(other, sign, isSame, 1_000), other)
    fc.assert(
      fc.property(fc.string(), (text) => {
        assert.isUndefined(sessionOf(text, sign, isSame, 1_000))
      })
    )
  })
})

describe("links to the dashboard", () => {
  it("open once, for a while, and few are remembered", () => {
    const links = withLink(new Map(), "one", 0)
    assert.isUndefined(withoutLink(links, "two", 0))
    assert.isUndefined(withoutLink(links, "one", linkMs))
    const opened = withoutLink(links, "one", linkMs - 1)
    assert.deepStrictEqual(opened, new Map())
    assert.isUndefined(withoutLink(opened ?? links, "one", 0))
    let many = links
    for (let made = 0; made < 100; made++) many = withLink(many, String(made), 0)
    assert.strictEqual(many.size, maxLinks)
    assert.isDefined(withoutLink(many, "99", 0))
    assert.isUndefined(withoutLink(many, "one", 0))
    assert.strictEqual(withLink(many, "late", linkMs).size, 1)
  })
})

describe("links that every gateway of a store knows", () => {
  const code = signedCode("secret", 1_000 + linkMs, sign)

  it("are good until their end, also where another clock is a little behind", () => {
    assert.strictEqual(endOfCode(code, sign, isSame, 1_000), 1_000 + linkMs)
    assert.strictEqual(endOfCode(code, sign, isSame, 1_000 - maxSkewMs), 1_000 + linkMs)
    assert.isUndefined(endOfCode(code, sign, isSame, 999 - maxSkewMs))
    assert.isUndefined(endOfCode(code, sign, isSame, 1_000 + linkMs))
    assert.isUndefined(endOfCode(code, under("other"), isSame, 1_000))
  })

  it("cannot be changed, and are no session", () => {
    for (const other of ["", "..", code.replace("secret", "other"), code.replace(".1", ".2")])
      assert.isUndefined(endOfCode(other, sign, isSame, 1_000), other)
    assert.isUndefined(sessionOf(code, sign, isSame, 1_000))
    const session = { id: "secret", until: 1_000 + linkMs }
    assert.isUndefined(endOfCode(cookieOf(session, sign), sign, isSame, 1_000))
  })
})

describe("the key of the sessions", () => {
  const inFolder = (test: (file: string) => void) => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "clawdbot-key-"))
    try {
      test(SessionKey.sessionKeyPath(folder))
    } finally {
      fs.rmSync(folder, { recursive: true, force: true })
    }
  }

  it("is the same for every process of a state folder, and for the owner alone", () =>
    inFolder((file) => {
      const key = SessionKey.inFile(file)()
      assert.strictEqual(key.length, 32)
      assert.isTrue(SessionKey.inFile(file)().equals(key))
      assert.strictEqual(fs.statSync(file).mode & 0o777, 0o600)
      assert.isFalse(SessionKey.inMemory()().equals(key))
    }))

  it("is another one as soon as it was taken away, also for a gateway that runs", () =>
    inFolder((file) => {
      const gateway = SessionKey.inFile(file)
      const before = gateway()
      assert.isTrue(SessionKey.revoke(file))
      assert.isFalse(SessionKey.revoke(file))
      assert.isFalse(gateway().equals(before))
      assert.isTrue(gateway().equals(SessionKey.inFile(file)()))
    }))

  it("lives as long as the process where its file is no key and cannot be one", () =>
    inFolder((file) => {
      fs.mkdirSync(file, { recursive: true })
      const gateway = SessionKey.inFile(file)
      assert.strictEqual(gateway().length, 32)
      assert.isTrue(gateway().equals(gateway()))
      const broken = `${file}2`
      fs.writeFileSync(broken, "half a ke")
      assert.isTrue(SessionKey.inFile(broken)().length === 32)
    }))
})
