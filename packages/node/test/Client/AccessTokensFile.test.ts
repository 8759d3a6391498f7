import * as AccessTokensFile from "@clawdbot/node/Client/AccessTokensFile"
import { accessTokensContract } from "@clawdbot/testing/Client/accessTokensContract"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Disk from "../../src/File/Disk.ts"
import { statePaths, temporaryFolder } from "../temporaryState.ts"

accessTokensContract(
  "file",
  Layer.unwrapScoped(
    Effect.map(temporaryFolder, (home) =>
      Layer.provide(AccessTokensFile.layer, Layer.merge(statePaths(home), Disk.layer))
    )
  )
)
