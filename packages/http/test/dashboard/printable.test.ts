import { type IncomingMessage, ServerResponse } from "node:http"
import { printable } from "@clawdbot/domain/Text/printable"
import { assert, describe, it } from "@effect/vitest"
import fc from "fast-check"
import * as Pages from "../../src/dashboard/pages.ts"

/** What a browser gets for a file of the page. */
const served = (name: string): string => {
  const chunks: Array<string> = []
  const request: Pick<IncomingMessage, "method"> = { method: "GET" }
  // A response needs no more of its request than its method.
  const response = new ServerResponse(request as IncomingMessage)
  response.end = (body: unknown) => {
    chunks.push(String(body))
    return response
  }
  Pages.file(`/clawdbot/${name}`)?.(response, {})
  return chunks.join("")
}

describe("foreign text on the dashboard", () => {
  it("is made printable by the function that the command uses", async () => {
    const source = `data:text/javascript,${encodeURIComponent(served("printable.js"))}`
    const page: { readonly printable: (text: string) => string } = await import(source)
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.string16bits()), (text) => {
        assert.strictEqual(page.printable(text), printable(text))
      })
    )
    assert.strictEqual(page.printable("a\u202e\n\u001b"), "a\\u202e\\n\\u001b")
  })
})
