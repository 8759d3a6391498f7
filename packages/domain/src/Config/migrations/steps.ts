/** All migrations in the order in which they run (docs/formats.md). */
import { agentSection } from "./agentSection.ts"
import { audioTranscription } from "./audioTranscription.ts"
import { channelNames } from "./channelNames.ts"
import { channelSections } from "./channelSections.ts"
import { claudeCodeMode } from "./claudeCodeMode.ts"
import type { Step } from "./Draft.ts"
import { gatewayToken } from "./gatewayToken.ts"
import { identity } from "./identity.ts"
import { modelKeys } from "./modelKeys.ts"
import { requireMention } from "./requireMention.ts"
import { routingAgents } from "./routingAgents.ts"
import { routingDefault } from "./routingDefault.ts"
import { routingSections } from "./routingSections.ts"
import { spokenReplies } from "./spokenReplies.ts"
import { toolsBash } from "./toolsBash.ts"

/**
 * Models before the sections that hold them move; agents before the values that go into one;
 * channels before what is shared out among them; lists before the names inside them.
 */
export const steps: ReadonlyArray<Step> = [
  modelKeys,
  routingAgents,
  routingDefault,
  channelSections,
  routingSections,
  requireMention,
  channelNames,
  audioTranscription,
  spokenReplies,
  claudeCodeMode,
  toolsBash,
  agentSection,
  identity,
  gatewayToken
]
