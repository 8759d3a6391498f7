/** The scripted provider as a function: what each request gets, by the script of its credential. */
import * as Answers from "./answers.ts"
import { credentialOf } from "./credentialOf.ts"
import { fieldsOf } from "./fieldsOf.ts"
import * as Played from "./Played.ts"
import type { Script, ScriptedRequest } from "./Script.ts"

/** A request as a client library sends it; header names are lower-case. */
export interface Sent {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
}

/** The access token of a login that bears its name. */
const loginToken = /^sk-ant-oat01-(.+)-\d+-x+$/

/** A provider with scripts by secret, or by the name of a login. */
export const make = (
  scripts: Readonly<Record<string, Script>>,
  text = "Hello from the scripted Anthropic."
): ((sent: Sent) => Played.Played) => {
  const counts = new Map<string, number>()
  let number = 0
  return ({ body, headers, method, url }) => {
    number += 1
    const requestId = `req_${String(number).padStart(6, "0")}`
    const fields = fieldsOf(Buffer.from(body))
    const asking: Played.Asking = { requestId, model: fields.model, stream: fields.stream, text }
    const refuse = (status: number, type: string, message: string) =>
      Played.refusal(status, type, message, asking)
    const { pathname } = new URL(url)
    const path = pathname.slice(Math.max(0, pathname.indexOf("/v1/")))
    const given = credentialOf(headers)
    if ("refused" in given) return refuse(401, "authentication_error", given.refused)
    const name = loginToken.exec(given.secret)?.[1] ?? given.secret
    const script = scripts[given.secret] ?? scripts[name]
    if (script === undefined) return refuse(401, "authentication_error", "invalid x-api-key")
    if (headers["anthropic-version"] === undefined)
      return refuse(400, "invalid_request_error", "anthropic-version: header is required")
    const count = (counts.get(name) ?? 0) + 1
    counts.set(name, count)
    const asked: ScriptedRequest = { method, path, ...fields }
    const step = script(count, asked)
    const isMessage = method === "POST" && path === "/v1/messages"
    if (isMessage && fields.model === "")
      return refuse(400, "invalid_request_error", "model: Field required")
    if (isMessage || step._tag !== "Ok") return Played.play(step, asking)
    if (method === "POST" && path === "/v1/messages/count_tokens")
      return Played.json(200, JSON.stringify({ input_tokens: body.length }), requestId)
    if (method === "GET" && path === "/v1/models")
      return Played.json(200, JSON.stringify(Answers.models()), requestId)
    return refuse(404, "not_found_error", "Not found")
  }
}
