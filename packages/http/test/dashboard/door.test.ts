/** The way into the dashboard over real sockets, without a browser. */
import * as Script from "@clawdbot/testing/ScriptedAnthropic/Script"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { adminToken, ask, type Started, withGateway } from "../world.ts"

const withDoor = (test: (started: Started) => Effect.Effect<void>) =>
  withGateway({ script: { ka: () => Script.ok() } }, test)

const html = { "x-api-key": "", accept: "text/html,*/*" }
const get = (started: Started, path: string, headers: Record<string, string> = {}) =>
  ask(started, { method: "GET", path, headers: { ...html, ...headers } })

/** The path of a new link. */
const link = ({ gateway }: Started): string => {
  const url = new URL(gateway.offerLink().url)
  assert.strictEqual(url.origin, gateway.url)
  return `${url.pathname}${url.search}`
}

/** A browser's cookie after it opened a link. */
const enter = (started: Started) =>
  Effect.map(
    get(started, link(started)),
    ({ headers }) => headers.get("set-cookie")?.split(";", 1)[0] ?? ""
  )

describe("the way into the dashboard", () => {
  it.scopedLive("a link opens it once, with a cookie that no script and no other site gets", () =>
    withDoor((started) =>
      Effect.gen(function* () {
        const path = link(started)
        // Chats look at links before people do.
        assert.strictEqual(
          (yield* ask(started, { method: "HEAD", path, headers: html })).status,
          403
        )
        const first = yield* get(started, path)
        assert.strictEqual(first.status, 200)
        assert.match(
          first.headers.get("set-cookie") ?? "",
          new RegExp(
            `^clawdbot_${started.gateway.port}=[\\w-]{43}; Path=/clawdbot; Max-Age=43200; HttpOnly; SameSite=Strict$`
          )
        )
        assert.strictEqual(first.headers.get("referrer-policy"), "no-referrer")
        assert.strictEqual(first.headers.get("cache-control"), "no-store")
        const again = yield* get(started, path)
        assert.strictEqual(again.status, 403)
        assert.isNull(again.headers.get("set-cookie"))
        assert.include(again.text, "clawdbot dashboard")
        assert.strictEqual((yield* get(started, "/clawdbot/enter?code=")).status, 403)
      })
    )
  )

  it.scopedLive("a link may be followed from anywhere; everything else may not", () =>
    withDoor((started) =>
      Effect.gen(function* () {
        const elsewhere = { "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate" }
        const cookie = yield* enter(started)
        assert.strictEqual((yield* get(started, link(started), elsewhere)).status, 200)
        assert.strictEqual(
          (yield* get(started, "/clawdbot/", { ...elsewhere, cookie })).status,
          403
        )
        assert.strictEqual(
          (yield* get(started, link(started), { origin: "https://example.org" })).status,
          403
        )
      })
    )
  )

  it.scopedLive("the cookie looks at the control plane and does nothing else", () =>
    withDoor((started) =>
      Effect.gen(function* () {
        const cookie = yield* enter(started)
        const same = { cookie, "sec-fetch-site": "same-origin" }
        for (const path of [
          "/clawdbot/",
          "/clawdbot/dashboard.js",
          "/clawdbot/status",
          "/clawdbot/requests",
          "/clawdbot/docs"
        ]) {
          assert.strictEqual((yield* get(started, path, same)).status, 200, path)
          assert.strictEqual((yield* get(started, path)).status, 401, path)
        }
        const touching = [
          ["/clawdbot/token", "POST"],
          ["/clawdbot/dashboard", "POST"],
          ["/v1/messages", "POST"],
          ["/v1/models", "GET"]
        ] as const
        for (const [path, method] of touching) {
          assert.strictEqual(
            (yield* ask(started, { path, method, headers: { ...html, ...same } })).status,
            401,
            path
          )
        }
        assert.strictEqual(
          (yield* get(started, "/clawdbot/status", { cookie: `${cookie}x` })).status,
          401
        )
        assert.strictEqual(started.upstream.requests.length, 0)
      })
    )
  )

  it.scopedLive("a person without a session is told what to do, a program what is wanted", () =>
    withDoor((started) =>
      Effect.gen(function* () {
        const person = yield* get(started, "/clawdbot/")
        assert.strictEqual(person.status, 401)
        assert.include(person.text, "<pre>clawdbot dashboard</pre>")
        const program = yield* get(started, "/clawdbot/", { accept: "*/*" })
        assert.strictEqual(JSON.parse(program.text).error.type, "authentication_error")
        // A link is made for the owner of the machine alone, however good the token is.
        const remote = yield* ask(started, {
          path: "/clawdbot/dashboard",
          headers: { "x-api-key": adminToken }
        })
        assert.strictEqual(remote.status, 403)
        assert.include(remote.text, "SocketOnly")
      })
    )
  )

  it.scopedLive("every file comes with its type and lets nothing in from elsewhere", () =>
    withDoor((started) =>
      Effect.gen(function* () {
        const cookie = yield* enter(started)
        const page = yield* get(started, "/clawdbot/", { cookie })
        const files = [...page.text.matchAll(/(?:src|href)="([\w.]+\.(?:js|css))"/g)].map(
          ([, name]) => name ?? ""
        )
        assert.includeMembers(files, ["dashboard.js", "dashboard.css"])
        let bytes = page.text.length
        const seen = new Set<string>()
        for (const name of files) {
          if (seen.has(name)) continue
          seen.add(name)
          const file = yield* get(started, `/clawdbot/${name}`, { cookie })
          assert.strictEqual(file.status, 200, name)
          assert.match(
            file.headers.get("content-type") ?? "",
            name.endsWith(".css") ? /^text\/css/ : /^text\/javascript/
          )
          assert.include(
            file.headers.get("content-security-policy") ?? "",
            "default-src 'none'; script-src 'self'"
          )
          bytes += file.text.length
          files.push(
            ...[...file.text.matchAll(/from "\.\/([\w.]+)"/g)].map(([, found]) => found ?? "")
          )
        }
        assert.isAbove(seen.size, 6)
        assert.isBelow(bytes, 100_000)
        assert.notMatch(page.text, /https?:\/\/(?!www\.w3\.org)/)
        const moved = yield* get(started, "/clawdbot", { cookie })
        assert.deepStrictEqual([moved.status, moved.headers.get("location")], [308, "/clawdbot/"])
      })
    )
  )
})
