/**
 * A page of another site, in a real browser, against a gateway that wants no token: only `Host` and
 * `Origin` stand between them.
 */
import { spawn } from "node:child_process"
import * as fs from "node:fs"
import { createServer } from "node:http"
import * as os from "node:os"
import * as path from "node:path"
import * as Script from "@clawdbot/testing/ScriptedAnthropic/Script"
import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { ask, body, withGateway } from "./world.ts"

const chromium = ["/usr/bin/chromium", "/usr/bin/chromium-browser"].find((file) =>
  fs.existsSync(file)
)

/** Asks the gateway in every way a page can without asking first, and says what came of it. */
const page = (
  gateway: string,
  request: string
): string => `<!doctype html><title>elsewhere</title><pre id="said"></pre><script>
const say = (text) => { document.getElementById("said").textContent += text + "\\n" }
const tried = (name, options) =>
  fetch(${JSON.stringify(gateway)} + "/v1/messages", { method: "POST", body: ${JSON.stringify(request)}, ...options })
    .then((answer) => say(name + ": " + answer.type + " " + answer.status), (error) => say(name + ": " + error.name))
;(async () => {
  say("own: " + (await (await fetch("/own")).text()))
  await tried("simple", { headers: { "content-type": "text/plain" } })
  await tried("blind", { mode: "no-cors", headers: { "content-type": "text/plain" } })
  await tried("asked first", { headers: { "content-type": "application/json", "x-api-key": "any" } })
  say("done")
})()
</script>`

/**
 * The page on a server of its own, under a name that is another site than the gateway's address.
 */
const elsewhere = (html: string) =>
  Effect.acquireRelease(
    Effect.async<{ readonly url: string; readonly close: () => void }>((resume) => {
      const server = createServer((request, response) => {
        response.writeHead(200, {
          "content-type": request.url === "/own" ? "text/plain" : "text/html"
        })
        response.end(request.url === "/own" ? "reached" : html)
      })
      server.listen(0, "127.0.0.1", () => {
        const address = server.address()
        const port = typeof address === "object" && address !== null ? address.port : 0
        const close = () => {
          server.closeAllConnections()
          server.close()
        }
        resume(Effect.succeed({ url: `http://localhost:${port}/`, close }))
      })
    }),
    ({ close }) => Effect.sync(close)
  )

/** What a page says once it has run. The browser has a home of its own and ends by its pid. */
const visit = (browser: string, url: string) =>
  Effect.acquireUseRelease(
    Effect.sync(() => fs.mkdtempSync(path.join(os.tmpdir(), "clawdbot-browser-"))),
    (home) =>
      Effect.async<string>((resume) => {
        const child = spawn(
          browser,
          [
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--no-proxy-server",
            `--user-data-dir=${home}`,
            "--virtual-time-budget=10000",
            "--dump-dom",
            url
          ],
          { env: { HOME: home, PATH: process.env.PATH }, stdio: ["ignore", "pipe", "ignore"] }
        )
        let text = ""
        child.stdout.on("data", (chunk: Buffer) => {
          text += chunk.toString()
        })
        child.on("close", () => resume(Effect.succeed(text)))
        return Effect.sync(() => void child.kill("SIGKILL"))
      }).pipe(Effect.timeout("50 seconds")),
    (home) =>
      Effect.sync(() =>
        fs.rmSync(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 })
      )
  )

it.scopedLive(
  "a page of another site gets nothing from the gateway, and the provider hears nothing of it",
  (context) =>
    withGateway({ script: { ka: () => Script.ok() }, gateway: { clientTokens: [] } }, (started) =>
      Effect.scoped(
        Effect.gen(function* () {
          if (chromium === undefined) return context.skip("needs Chromium at /usr/bin/chromium")
          const { url } = yield* elsewhere(page(started.gateway.url, JSON.stringify(body)))
          const said = yield* visit(chromium, url)
          for (const line of [
            "own: reached",
            "simple: TypeError",
            "blind: opaque 0",
            "asked first: TypeError",
            "done"
          ]) {
            assert.include(said, line)
          }
          assert.strictEqual(started.upstream.requests.length, 0)
          // The same request from a program of this machine is served.
          assert.strictEqual((yield* ask(started)).status, 200)
        })
      )
    ),
  60_000
)
