/**
 * What running a command is: an exit status, a failure that can be rendered, and the services a
 * command may ask for.
 */
import type { Affinity } from "@clawdbot/domain/Auth/Affinity"
import type { ClaudeCodeLogin } from "@clawdbot/domain/ClaudeCode/ClaudeCodeLogin"
import type { ConfigStore } from "@clawdbot/domain/Config/ConfigStore"
import type { Environment } from "@clawdbot/domain/Environment/Environment"
import type { StatePaths } from "@clawdbot/domain/Environment/StatePaths"
import type { HealthStore } from "@clawdbot/domain/Health/HealthStore"
import type { RefreshJournal } from "@clawdbot/domain/OAuth/RefreshJournal"
import type { KeptAside } from "@clawdbot/domain/Profile/KeptAside"
import type { ProfileStore } from "@clawdbot/domain/Profile/ProfileStore"
import type { StatusReport } from "@clawdbot/domain/Status/StatusReport"
import type { Disk } from "@clawdbot/node/File/Disk"
import type * as Effect from "effect/Effect"
import type { CommandError } from "./CommandError.ts"
import type { IoStreams } from "./terminal/IoStreams.ts"

/** What `services.ts` provides. */
export type CommandServices =
  | Affinity
  | ClaudeCodeLogin
  | ConfigStore
  | Disk
  | Environment
  | HealthStore
  | KeptAside
  | ProfileStore
  | RefreshJournal
  | StatePaths
  | StatusReport
  | IoStreams

/** A command under way. */
export type CommandEffect = Effect.Effect<number, CommandError, CommandServices>
