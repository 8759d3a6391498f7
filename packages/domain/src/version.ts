/** The version of this program, put in place when it is bundled. */
declare const __CLAWDBOT_VERSION__: string | undefined

/** Semantic version. */
export const version: string =
  typeof __CLAWDBOT_VERSION__ === "string" ? __CLAWDBOT_VERSION__ : "0.0.0-source"
