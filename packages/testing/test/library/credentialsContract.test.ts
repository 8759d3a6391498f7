/** The layers of `Credentials` that are published, held to the contract that is published. */
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import * as MachineCredentials from "@clawdbot/node/MachineCredentials"
import * as Effect from "effect/Effect"
import * as Record from "effect/Record"
import * as Redacted from "effect/Redacted"
import { credentialsContract } from "../../src/contracts/Credentials.ts"
import * as TestCredentials from "../../src/TestCredentials.ts"

/** A state folder with keys, and nothing else of this machine. */
const stateFolder = (keys: Readonly<Record<string, string>>) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const stateDir = fs.mkdtempSync(path.join(os.tmpdir(), "clawdbot-contract-"))
      const agent = path.join(stateDir, "agents/main/agent")
      fs.mkdirSync(agent, { recursive: true })
      const profiles = Record.map(keys, (key) => ({ type: "api_key", provider: "anthropic", key }))
      const document = JSON.stringify({ version: 1, profiles })
      fs.writeFileSync(path.join(agent, "auth-profiles.json"), document)
      return stateDir
    }),
    (folder) => Effect.sync(() => fs.rmSync(folder, { recursive: true, force: true }))
  )

credentialsContract("TestCredentials", (keys) => Effect.succeed(TestCredentials.layer({ keys })))

credentialsContract("keys of a program", (keys) =>
  Effect.succeed(MachineCredentials.layerKeys(Record.map(keys, Redacted.make)))
)

for (const watch of [true, false])
  credentialsContract(`files of a machine, ${watch ? "watched" : "looked at"}`, (keys) =>
    Effect.map(stateFolder(keys), (stateDir) => MachineCredentials.layer({ stateDir, watch }))
  )
