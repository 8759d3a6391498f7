// Keys of a secret store of one's own: no files, no home folder.
import { Credentials } from "@clawdbot/domain/Credentials"
import * as MachineCredentials from "@clawdbot/node/MachineCredentials"
import { Config, Effect, Layer } from "effect"

const OwnKeys = Layer.unwrapEffect(
  Effect.map(
    Config.all({ first: Config.redacted("FIRST_KEY"), second: Config.redacted("SECOND_KEY") }),
    (keys) => MachineCredentials.layerKeys(keys)
  )
)

const program = Effect.gen(function* () {
  const { explain, get } = yield* Credentials
  const first = yield* get()
  // A program that sends by itself reports what came of it, and asks again.
  const verdict = yield* first.report({ status: 429, headers: { "retry-after": "30" } })
  const second = yield* get()
  const { candidates } = yield* explain()
  return { first: first.profile, verdict, second: second.profile, known: candidates.length }
})
console.log(JSON.stringify(await Effect.runPromise(Effect.provide(program, OwnKeys))))
