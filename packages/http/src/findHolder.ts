/** Who holds a port that was wanted: asked of the port itself, shortly. */
import { get } from "node:http"
import * as Effect from "effect/Effect"

const maxWaitMs = 500

/** A gateway that listens everywhere is asked on this machine. */
const loopbackOf: Readonly<Record<string, string>> = { "0.0.0.0": "127.0.0.1", "::": "::1" }

/** `GET /healthz` tells another gateway from everything else. */
export const findHolder = (
  host: string,
  port: number
): Effect.Effect<"another clawdbot gateway" | "another program"> =>
  Effect.async((resume) => {
    const finish = (isGateway: boolean) => {
      request.destroy()
      resume(Effect.succeed(isGateway ? "another clawdbot gateway" : "another program"))
    }
    const request = get(
      {
        host: loopbackOf[host] ?? host,
        port,
        path: "/healthz",
        timeout: maxWaitMs
      },
      (response) => {
        let text = ""
        response.setEncoding("utf8")
        response.on("data", (chunk: string) => {
          text += chunk
          if (text.length > 1_000) finish(false)
        })
        response.on("end", () => finish(text.includes('"service":"clawdbot"')))
      }
    )
    request.on("timeout", () => finish(false))
    request.on("error", () => finish(false))
    return Effect.sync(() => request.destroy())
  })
