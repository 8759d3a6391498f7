/**
 * Conversations whose requests go to any of eight gateways of the built command: each stays on one
 * credential all the same, so that the provider's prompt cache is of use.
 */
import * as http from "node:http"
import * as AgentId from "@clawdbot/domain/Agent/AgentId"
import * as Credential from "@clawdbot/domain/Profile/Credential"
import * as ProfileId from "@clawdbot/domain/Profile/ProfileId"
import * as ProviderId from "@clawdbot/domain/Profile/ProviderId"
import { put } from "@clawdbot/testing/Profile/profileStoreContract"
import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { beforeAll } from "vitest"
import * as ProfileStorePostgres from "../src/Profile/ProfileStorePostgres.ts"
import { bundleCommand, makeHost, startGateway } from "./fleet.ts"
import { clusterUrl, describeWithServer, migratedStore, newSchema } from "./store.ts"

const gatewayCount = 8
const credentials = 4
const conversations = 60
const turns = 10

const answer = JSON.stringify({
  id: "msg_1",
  type: "message",
  role: "assistant",
  model: "claude-opus-4-5",
  content: [{ type: "text", text: "ok" }],
  stop_reason: "end_turn",
  stop_sequence: null,
  usage: { input_tokens: 3, output_tokens: 1 }
})

/** A provider that notes with which key each turn of a conversation came. */
const provider = Effect.acquireRelease(
  Effect.async<
    { readonly url: string; readonly turns: Map<string, Array<string>> } & {
      readonly close: () => void
    }
  >((resume) => {
    const seen = new Map<string, Array<string>>()
    const server = http.createServer((request, response) => {
      const name = String(request.headers["x-claude-code-session-id"])
      seen.set(name, [...(seen.get(name) ?? []), String(request.headers["x-api-key"])])
      request.resume()
      request.on("end", () => {
        response.writeHead(200, { "content-type": "application/json" })
        response.end(answer)
      })
    })
    server.listen(0, "127.0.0.1", () => {
      const address = server.address()
      const port = typeof address === "object" && address !== null ? address.port : 0
      const close = () => {
        server.closeAllConnections()
        server.close()
      }
      resume(Effect.succeed({ url: `http://127.0.0.1:${port}`, turns: seen, close }))
    })
  }),
  ({ close }) => Effect.sync(close)
)

describeWithServer("conversations over eight gateways, without a sticky balancer", () => {
  beforeAll(bundleCommand, 120_000)

  it.scopedLive(
    "stay on their credential in 99 of 100 turns",
    () => {
      const schema = newSchema()
      return Effect.gen(function* () {
        const { turns: seen, url } = yield* provider
        for (let index = 0; index < credentials; index++)
          yield* put(AgentId.main, ProfileId.of(`anthropic:k${index}`), {
            type: "api_key",
            provider: ProviderId.anthropic,
            key: Redacted.make(`sk-ant-api03-conversation-${index}`),
            extra: Credential.noExtra
          })
        const host = { storeUrl: clusterUrl, schema, tokenUrl: url, upstream: url }
        const gateways = yield* Effect.all(
          Array.from({ length: gatewayCount }, () => Effect.flatMap(makeHost(host), startGateway))
        )
        let random = 1
        const anyGateway = () => {
          random = (random * 48_271) % 2_147_483_647
          return gateways[random % gatewayCount] ?? gateways[0]
        }
        const hold = (name: string) =>
          Effect.promise(async () => {
            for (let turn = 0; turn < turns; turn++)
              assert.strictEqual(await anyGateway()?.ask(name), 200)
          })
        yield* Effect.forEach(
          Array.from({ length: conversations }, (_, index) => `conversation-${index}`),
          hold,
          { concurrency: 6, discard: true }
        )
        const keys = [...seen.values()]
        const later = keys.flatMap((used) => used.slice(1).map((key, at) => key === used[at]))
        const kept = later.filter((isSame) => isSame).length
        const begun = new Set(keys.map(([key]) => key))
        yield* Effect.sync(() =>
          console.info(`${kept} of ${later.length} later turns were on the credential before`)
        )
        assert.strictEqual(later.length, conversations * (turns - 1))
        assert.isAtLeast(kept / later.length, 0.99)
        assert.strictEqual(begun.size, credentials)
      }).pipe(Effect.provide(Layer.provideMerge(ProfileStorePostgres.layer, migratedStore(schema))))
    },
    240_000
  )
})
