import { fuzzSuite } from "@clawdbot/testing/Fuzz/fuzzSuite"
import { health } from "./health.ts"
import { journals } from "./journals.ts"
import { stores } from "./stores.ts"

fuzzSuite(health, journals, stores)
