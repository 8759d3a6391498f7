/** Every failure a command can end with. */
import type { AuthError } from "@clawdbot/domain/Auth/AuthError"
import type { ClaudeCodeUnreadable } from "@clawdbot/domain/ClaudeCode/ClaudeCodeLogin"
import type { SharedLoginUnavailable } from "@clawdbot/domain/ClaudeCode/SharedLogin"
import type { GatewayTokensUnavailable } from "@clawdbot/domain/Client/AccessTokens"
import type { ClientNameRefused, ClientTokenHashed } from "@clawdbot/domain/Client/ClientTokens"
import type { ConfigError } from "@clawdbot/domain/Config/ConfigError"
import type { HealthUnavailable } from "@clawdbot/domain/Health/HealthStore"
import type { OAuthRefreshFailed } from "@clawdbot/domain/OAuth/OAuthError"
import type { JournalUnavailable } from "@clawdbot/domain/OAuth/RefreshJournal"
import type { CostReportFailed } from "@clawdbot/domain/Pricing/CostReportFailed"
import type { NotReadBack, ProfileIdUnusable } from "@clawdbot/domain/Profile/EnrolmentError"
import type { KeptAsideUnavailable } from "@clawdbot/domain/Profile/KeptAside"
import type { ProfileStoreError } from "@clawdbot/domain/Profile/ProfileError"
import type { DurationInvalid, SecretShapeWrong } from "@clawdbot/domain/Profile/pastedSecret"
import type { UsageUnavailable } from "@clawdbot/domain/Usage/UsageLedger"
import type { GatewayStartError } from "@clawdbot/http/startGateway"
import type { HomeMissing, ProfileNameInvalid } from "@clawdbot/node/Environment/statePaths"
import type { ProxyUnusable } from "@clawdbot/node/Upstream/ProxyUnusable"
import type { MoveError } from "@clawdbot/postgres/Move/MoveError"
import type { HistoryError } from "@clawdbot/postgres/Profile/HistoryError"
import type { StoreError } from "@clawdbot/postgres/StoreError"
import type { CliError } from "./CliError.ts"

/** Every failure a command can end with. */
export type CommandError =
  | CliError
  | ConfigError
  | ProfileStoreError
  | HealthUnavailable
  | UsageUnavailable
  | CostReportFailed
  | SharedLoginUnavailable
  | JournalUnavailable
  | OAuthRefreshFailed
  | AuthError
  | SecretShapeWrong
  | DurationInvalid
  | NotReadBack
  | ProfileIdUnusable
  | KeptAsideUnavailable
  | GatewayStartError
  | GatewayTokensUnavailable
  | ClientNameRefused
  | ClientTokenHashed
  | ClaudeCodeUnreadable
  | HomeMissing
  | ProfileNameInvalid
  | ProxyUnusable
  | StoreError
  | HistoryError
  | MoveError
