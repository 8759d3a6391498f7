import { fuzzSuite } from "@clawdbot/testing/Fuzz/fuzzSuite"
import { answers } from "./answers.ts"
import { requests } from "./requests.ts"

fuzzSuite(answers, requests)
