import { layerWithTexts } from "@clawdbot/testing/Config/ConfigMemory"
import { configStoreContract } from "@clawdbot/testing/Config/configStoreContract"
import * as EnvironmentMemory from "@clawdbot/testing/Environment/EnvironmentMemory"
import * as Layer from "effect/Layer"

configStoreContract("ConfigMemory", ({ text, files, variables }) =>
  layerWithTexts(text, files === undefined ? {} : { files }).pipe(
    Layer.provide([EnvironmentMemory.pathsLayer(), EnvironmentMemory.layer(variables)])
  )
)
