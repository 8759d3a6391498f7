import { fuzzSuite } from "@clawdbot/testing/Fuzz/fuzzSuite"
import { commandLines } from "./commandLines.ts"
import { config } from "./config.ts"

fuzzSuite(commandLines, config)
