// The service with the credentials of this machine.
import * as MachineCredentials from "@clawdbot/node/MachineCredentials" // clawdbot
import { FetchHttpClient } from "@effect/platform"
import { Effect } from "effect"
import { ask } from "./Assistant.js"

const program = Effect.provide(ask("hi"), [MachineCredentials.layer(), FetchHttpClient.layer])
console.log(JSON.stringify(await Effect.runPromise(Effect.scoped(program))))
