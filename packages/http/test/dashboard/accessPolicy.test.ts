/** The way into the dashboard over real sockets, without a browser. */
import { randomBytes } from "node:crypto"
import * as Script from "@clawdbot/testing/ScriptedAnthropic/Script"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { maxStreams, maxStreamsPerClient } from "../../src/control/EventStreams.ts"
import { pageHeader } from "../../src/dashboard/DashboardSession.ts"
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

/** What a browser has after it opened a link: its cookie, and the page's header. */
const enter = (started: Started) =>
  Effect.map(get(started, link(started)), ({ headers, text }) => ({
    cookie: headers.get("set-cookie")?.split(";", 1)[0] ?? "",
    page: { [pageHeader]: /name="clawdbot-page" content="([\w-]{43})"/.exec(text)?.[1] ?? "" }
  }))

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
            `^clawdbot_${started.gateway.port}=[\\w-]{16}\\.\\d+\\.[\\w-]{43}; ` +
              "Path=/clawdbot; Max-Age=43200; HttpOnly; SameSite=Strict$"
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
        const { cookie } = yield* enter(started)
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

  const files = ["/clawdbot/", "/clawdbot/dashboard.js", "/clawdbot/enter.js", "/clawdbot/docs"]
  const data = ["status", "requests", "usage", "agents", "events"].map((one) => `/clawdbot/${one}`)

  it.scopedLive("a session looks at the control plane and does nothing else", () =>
    withDoor((started) =>
      Effect.gen(function* () {
        const { cookie, page } = yield* enter(started)
        const session = { cookie, ...page, "sec-fetch-site": "same-origin" }
        for (const path of [...files, "/clawdbot/status", "/clawdbot/requests"]) {
          assert.strictEqual((yield* get(started, path, session)).status, 200, path)
          assert.strictEqual((yield* get(started, path)).status, 401, path)
        }
        const touching = [
          ["/clawdbot/token", "POST"],
          ["/clawdbot/dashboard", "POST"],
          ["/v1/messages", "POST"],
          ["/v1/models", "GET"],
          ["/metrics", "GET"]
        ] as const
        for (const [path, method] of touching) {
          assert.strictEqual(
            (yield* ask(started, { path, method, headers: { ...html, ...session } })).status,
            401,
            path
          )
        }
        for (const different of [
          { ...session, cookie: `${cookie}x` },
          { ...session, cookie: "" },
          { ...session, [pageHeader]: "x" },
          { ...session, ...(yield* enter(started)).page }
        ])
          assert.strictEqual((yield* get(started, "/clawdbot/status", different)).status, 401)
        assert.strictEqual(started.upstream.requests.length, 0)
      })
    )
  )

  it.scopedLive(
    "the cookie alone, which every port of the host gets, opens nothing but files",
    () =>
      withDoor((started) =>
        Effect.gen(function* () {
          const { cookie } = yield* enter(started)
          for (const path of files)
            assert.strictEqual((yield* get(started, path, { cookie })).status, 200, path)
          for (const path of [...data, "/metrics", "/clawdbot/nothing", "/clawdbot/%64ocs"]) {
            const answer = yield* get(started, path, { cookie, accept: "*/*" })
            assert.strictEqual(answer.status, 401, path)
          }
        })
      )
  )

  it.scopedLive(
    "a session outlives the gateway, and ends with its key, streams of events too",
    () =>
      Effect.gen(function* () {
        const key = { now: randomBytes(32) }
        const gateway = { dashboard: { key: () => key.now, sharedLinks: undefined } }
        const entered = yield* withGateway({ script: {}, gateway }, (started) =>
          Effect.map(enter(started), (session) => ({ ...session, port: started.gateway.port }))
        )
        yield* withGateway({ script: {}, gateway: { ...gateway, port: entered.port } }, (started) =>
          Effect.gen(function* () {
            const session = { cookie: entered.cookie, ...entered.page }
            assert.strictEqual((yield* get(started, "/clawdbot/status", session)).status, 200)
            const unused = link(started)
            const stream = yield* Effect.promise(() =>
              fetch(`${started.gateway.url}/clawdbot/events`, { headers: session })
            )
            assert.strictEqual(stream.status, 200)
            key.now = randomBytes(32)
            assert.strictEqual((yield* get(started, "/clawdbot/status", session)).status, 401)
            assert.strictEqual((yield* get(started, unused)).status, 403)
            // It ends by itself, within about a second.
            yield* Effect.promise(() => stream.text().catch(() => "cut off"))
          })
        )
      })
  )

  it.scopedLive("gateways of one store open each other's links once, and know their sessions", () =>
    Effect.gen(function* () {
      const key = randomBytes(32)
      const used = new Set<string>()
      const sharedLinks = {
        cookie: "clawdbot_shared",
        useOnce: (hash: string) =>
          Effect.sync(() => {
            const isNew = !used.has(hash)
            used.add(hash)
            return isNew
          })
      }
      const gateway = { dashboard: { key: () => key, sharedLinks } }
      yield* withGateway({ script: {}, gateway }, (one) =>
        withGateway({ script: {}, gateway }, (other) =>
          Effect.gen(function* () {
            const path = link(one)
            const opened = yield* get(other, path)
            assert.strictEqual(opened.status, 200)
            for (const started of [one, other])
              assert.strictEqual((yield* get(started, path)).status, 403)
            const cookie = opened.headers.get("set-cookie")?.split(";", 1)[0] ?? ""
            assert.match(cookie, /^clawdbot_shared=/)
            const page = /name="clawdbot-page" content="([\w-]{43})"/.exec(opened.text)?.[1] ?? ""
            for (const started of [one, other]) {
              const session = { cookie, [pageHeader]: page }
              assert.strictEqual((yield* get(started, "/clawdbot/status", session)).status, 200)
            }
          })
        )
      )
    })
  )

  it.scopedLive("streams of events are few: so many for each client, and in all", () =>
    withDoor((started) =>
      Effect.gen(function* () {
        let left = new AbortController()
        // What nobody holds is collected, and ended with it.
        const open: Array<Response> = []
        const read = (headers: Record<string, string>) =>
          Effect.promise(async () => {
            const answer = await fetch(`${started.gateway.url}/clawdbot/events`, {
              headers,
              signal: left.signal
            })
            if (answer.status === 200) open.push(answer)
            else await answer.text()
            return answer.status
          })
        const admin = { "x-api-key": adminToken }
        const statuses = yield* Effect.all(
          Array.from({ length: maxStreamsPerClient + 3 }, () => read(admin))
        )
        assert.deepStrictEqual(
          statuses.filter((status) => status !== 200),
          [429, 429, 429]
        )
        const { cookie, page } = yield* enter(started)
        assert.strictEqual(yield* read({ cookie, ...page }), 200)
        for (let browser = 0; browser < maxStreams; browser++) {
          const other = yield* enter(started)
          const status = yield* read({ cookie: other.cookie, ...other.page })
          assert.strictEqual(status, browser < maxStreams - maxStreamsPerClient - 1 ? 200 : 429)
        }
        assert.strictEqual(open.length, maxStreams)
        left.abort()
        left = new AbortController()
        // Readers that left make room.
        yield* Effect.repeat(read(admin), { until: (status) => status === 200 })
        left.abort()
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
        const { cookie } = yield* enter(started)
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
        // Small enough to be there at once over a slow line, with all that can be done in it.
        assert.isBelow(bytes, 150_000)
        assert.notMatch(page.text, /https?:\/\/(?!www\.w3\.org)/)
        const moved = yield* get(started, "/clawdbot", { cookie })
        assert.deepStrictEqual([moved.status, moved.headers.get("location")], [308, "/clawdbot/"])
      })
    )
  )
})
