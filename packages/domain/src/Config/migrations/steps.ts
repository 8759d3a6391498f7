/** All migrations in the order in which they run (docs/formats.md). */
import { agentSection } from "./agentSection.ts"
import { claudeCodeMode } from "./claudeCodeMode.ts"
import type { Step } from "./Draft.ts"
import { gatewayToken } from "./gatewayToken.ts"
import { identity } from "./identity.ts"
import { modelKeys } from "./modelKeys.ts"
import { routingAgents } from "./routingAgents.ts"
import { routingDefault } from "./routingDefault.ts"
import { routingSections } from "./routingSections.ts"
import { toolsBash } from "./toolsBash.ts"

/** Models before the sections that hold them move; agents before the values that go into one. */
export const steps: ReadonlyArray<Step> = [
  modelKeys,
  routingAgents,
  routingDefault,
  routingSections,
  claudeCodeMode,
  toolsBash,
  agentSection,
  identity,
  gatewayToken
]
