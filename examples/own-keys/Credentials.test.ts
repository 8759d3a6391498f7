// A layer of one's own keeps to what every layer of Credentials does.
import * as MachineCredentials from "@clawdbot/node/MachineCredentials"
import { credentialsContract } from "@clawdbot/testing/contracts/Credentials"
import { Effect, Record, Redacted } from "effect"

credentialsContract("keys of a program", (keys) =>
  Effect.succeed(MachineCredentials.layerKeys(Record.map(keys, Redacted.make)))
)
