/**
 * Claude Code's login for a command: a person at a terminal may be asked by the macOS Keychain, a
 * script may not.
 */
import { background, foreground } from "@clawdbot/node/ClaudeCode/keychainLogin"
import * as SharedLoginMachine from "@clawdbot/node/ClaudeCode/SharedLoginMachine"

/** Where it is. `interactive` says that somebody is there to answer. */
export const place = (interactive: boolean) =>
  SharedLoginMachine.layerWith({ keychain: interactive ? foreground : background })
