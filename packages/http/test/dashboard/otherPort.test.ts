/**
 * The dashboard in a real browser, and another program of the same machine that listens on another
 * port: browsers send it the dashboard's cookie.
 */
import * as fs from "node:fs"
import { createServer } from "node:http"
import * as Script from "@clawdbot/testing/ScriptedAnthropic/Script"
import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { chromium } from "playwright-core"
import { pageHeader } from "../../src/dashboard/DashboardSession.ts"
import { ask, withGateway } from "../world.ts"

const executable = ["/usr/bin/chromium", "/usr/bin/chromium-browser"].find((file) =>
  fs.existsSync(file)
)

/** Asks the gateway for everything a session may see, in every way a page can. */
const page = (gateway: string) => `<!doctype html><title>other</title><script>
const tried = async (path, options) => {
  try {
    const answer = await fetch(${JSON.stringify(gateway)} + path, { credentials: "include", ...options })
    return answer.type === "opaque" ? "opaque" : answer.status
  } catch (error) { return error.name }
}
window.result = (async () => ({
  plain: await tried("/clawdbot/status", {}),
  blind: await tried("/clawdbot/status", { mode: "no-cors" }),
  withHeader: await tried("/clawdbot/status", { headers: { "${pageHeader}": "guessed" } }),
  stored: Object.keys(sessionStorage).length + Object.keys(localStorage).length
}))()
</script>`

/** The other program. What it is sent, it keeps. */
const otherProgram = (html: string) =>
  Effect.acquireRelease(
    Effect.async<{ readonly url: string; readonly cookies: Array<string>; close: () => void }>(
      (resume) => {
        const cookies: Array<string> = []
        const server = createServer((request, response) => {
          cookies.push(request.headers.cookie ?? "")
          response.writeHead(200, { "content-type": "text/html" })
          response.end(html)
        })
        server.listen(0, "127.0.0.1", () => {
          const address = server.address()
          const port = typeof address === "object" && address !== null ? address.port : 0
          const close = () => {
            server.closeAllConnections()
            server.close()
          }
          resume(Effect.succeed({ url: `http://127.0.0.1:${port}`, cookies, close }))
        })
      }
    ),
    ({ close }) => Effect.sync(close)
  )

const browser = (file: string) =>
  Effect.acquireRelease(
    Effect.promise(() =>
      chromium.launch({ executablePath: file, args: ["--no-sandbox", "--no-proxy-server"] })
    ),
    (launched) => Effect.promise(() => launched.close())
  )

it.scopedLive(
  "another port of this machine gets the dashboard's cookie from the browser, and can do " +
    "nothing with it",
  (context) =>
    withGateway({ script: { ka: () => Script.ok() } }, (started) =>
      Effect.scoped(
        Effect.gen(function* () {
          if (executable === undefined) return context.skip("needs Chromium at /usr/bin/chromium")
          const other = yield* otherProgram(page(started.gateway.url))
          const launched = yield* browser(executable)
          const tabs = yield* Effect.promise(() => launched.newContext())
          const dashboard = yield* Effect.promise(() => tabs.newPage())
          yield* Effect.promise(async () => {
            await dashboard.goto(started.gateway.offerLink().url)
            await dashboard.waitForURL("**/clawdbot/")
            await dashboard.waitForSelector("#connection[data-state=live]")
            // The tab keeps its session when it is loaded anew.
            await dashboard.reload()
            await dashboard.waitForSelector("#connection[data-state=live]")
          })

          // The browser sends it the cookie. Nothing that comes with it opens the gateway.
          const tab = yield* Effect.promise(() => tabs.newPage())
          yield* Effect.promise(() => tab.goto(`${other.url}/clawdbot/`))
          const cookie = other.cookies.find((text) => text.includes("clawdbot_")) ?? ""
          assert.include(cookie, `clawdbot_${started.gateway.port}=`)
          for (const path of ["status", "requests", "usage", "agents", "events"]) {
            const answer = yield* ask(started, {
              method: "GET",
              path: `/clawdbot/${path}`,
              headers: { cookie, "x-api-key": "", accept: "*/*" }
            })
            assert.strictEqual(answer.status, 401, path)
          }
          const figures = yield* ask(started, {
            method: "GET",
            path: "/metrics",
            headers: { cookie, "x-api-key": "" }
          })
          assert.strictEqual(figures.status, 401)

          // Its page, in the same browser, neither reads the other half nor gets an answer.
          const result = yield* Effect.promise(() => tab.evaluate("window.result"))
          assert.deepStrictEqual(result, {
            plain: "TypeError",
            blind: "opaque",
            withHeader: "TypeError",
            stored: 0
          })

          // A tab that did not come by the link has the cookie and not the other half either.
          const stranger = yield* Effect.promise(() => tabs.newPage())
          yield* Effect.promise(async () => {
            await stranger.goto(`${started.gateway.url}/clawdbot/`)
            await stranger.waitForSelector("#notice:not([hidden])")
          })
          assert.include(
            yield* Effect.promise(() => stranger.innerText("#notice")),
            "clawdbot dashboard"
          )
          assert.strictEqual(started.upstream.requests.length, 0)
        })
      )
    ),
  60_000
)
