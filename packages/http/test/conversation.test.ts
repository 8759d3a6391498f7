import { failureClasses } from "@clawdbot/testing/ScriptedAnthropic/failureClasses"
import { conversations } from "./conversations.ts"

conversations(failureClasses.filter(([failure]) => failure !== "timeout"))
