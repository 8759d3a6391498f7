/**
 * The groups that commands stand in, for the tree of all commands and for the one of those that a
 * start is made short for.
 */

import type { CommandEffect } from "./CommandEffect.ts"
import { type CommandNode, group } from "./commandLine/definition.ts"

type Node = CommandNode<CommandEffect>

/** `clawdbot`. */
export const clawdbot = (commands: ReadonlyArray<Node>): Node =>
  group<CommandEffect>(
    "clawdbot",
    "Keeps your Claude credentials working: failover, cooldowns and automatic refresh.",
    commands
  )

/** `clawdbot models`. */
export const models = (commands: ReadonlyArray<Node>): Node =>
  group<CommandEffect>("models", "Manage models and their credentials.", commands)

/** `clawdbot models auth`. */
export const modelsAuth = (commands: ReadonlyArray<Node>): Node =>
  group<CommandEffect>("auth", "Manage stored credentials.", commands)
