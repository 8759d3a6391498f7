import { failureClasses } from "@clawdbot/testing/ScriptedAnthropic/failureClasses"
import { conversations } from "./conversations.ts"

// real time: a provider that says nothing is waited for.
conversations(failureClasses.filter(([failure]) => failure === "timeout"))
