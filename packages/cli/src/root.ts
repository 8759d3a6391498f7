/** The tree of commands. Each file below `commands/` is one of them. */

import type { CommandEffect } from "./CommandEffect.ts"
import { type CommandNode, group } from "./commandLine/definition.ts"
import { add as agentsAdd } from "./commands/agents/add.ts"
import { list as agentsList } from "./commands/agents/list.ts"
import { cache } from "./commands/cache.ts"
import { completion } from "./commands/completion.ts"
import { get } from "./commands/config/get.ts"
import { migrate } from "./commands/config/migrate.ts"
import { path } from "./commands/config/path.ts"
import { set as configSet } from "./commands/config/set.ts"
import { unset } from "./commands/config/unset.ts"
import { validate } from "./commands/config/validate.ts"
import { dashboard } from "./commands/dashboard.ts"
import { doctor } from "./commands/doctor.ts"
import { gateway } from "./commands/gateway/gateway.ts"
import { aliases } from "./commands/models/aliases.ts"
import { fallbacks, imageFallbacks } from "./commands/models/fallbacks.ts"
import { list } from "./commands/models/list.ts"
import { set, setImage } from "./commands/models/set.ts"
import { status } from "./commands/models/status.ts"
import { add } from "./commands/modelsAuth/add.ts"
import { explain } from "./commands/modelsAuth/explain.ts"
import { login } from "./commands/modelsAuth/login.ts"
import { logout } from "./commands/modelsAuth/logout.ts"
import { order } from "./commands/modelsAuth/order.ts"
import { pasteToken } from "./commands/modelsAuth/pasteToken.ts"
import { printToken } from "./commands/modelsAuth/printToken.ts"
import { refresh } from "./commands/modelsAuth/refresh.ts"
import { report } from "./commands/modelsAuth/report.ts"
import { different, same } from "./commands/modelsAuth/sameLogin.ts"
import { setupToken } from "./commands/modelsAuth/setupToken.ts"
import { sync } from "./commands/modelsAuth/sync.ts"
import { clear, disable, enable } from "./commands/modelsAuth/toggle.ts"
import { onboard } from "./commands/onboard.ts"
import { exportCommand as storeExport } from "./commands/store/export.ts"
import { history as storeHistory } from "./commands/store/history.ts"
import { importCommand as storeImport } from "./commands/store/import.ts"
import { migrate as storeMigrate } from "./commands/store/migrate.ts"
import { restore as storeRestore } from "./commands/store/restore.ts"
import { status as storeStatus } from "./commands/store/status.ts"
import { usage } from "./commands/usage/usage.ts"
import { clawdbot, models, modelsAuth } from "./groups.ts"

/** `clawdbot`. */
export const root: CommandNode<CommandEffect> = clawdbot([
  onboard,
  models([
    status,
    list,
    set,
    setImage,
    aliases,
    fallbacks,
    imageFallbacks,
    modelsAuth([
      add,
      setupToken,
      sync,
      refresh,
      login,
      logout,
      pasteToken,
      order,
      clear,
      enable,
      disable,
      same,
      different,
      explain,
      printToken,
      report
    ])
  ]),
  group<CommandEffect>("agents", "Manage agents, each with its own profiles.", [
    agentsList,
    agentsAdd
  ]),
  group<CommandEffect>("config", "View, check and change the config file.", [
    get,
    configSet,
    unset,
    validate,
    migrate,
    path
  ]),
  doctor,
  group<CommandEffect>("store", "Manage the store that several gateways share (PostgreSQL).", [
    storeMigrate,
    storeStatus,
    storeHistory,
    storeRestore,
    storeImport,
    storeExport
  ]),
  gateway,
  dashboard,
  usage,
  cache,
  completion
])
