/**
 * The gateway as a service of this machine: which unit is installed, and what the service manager
 * is told to do with it. Pure.
 */

/** A program that runs services. */
export type ServiceManager = "systemd" | "launchd"

/** What can be done with a service. */
export type ServiceAction = "start" | "stop" | "restart"

/** The name that `gateway install` gives to the unit. */
const unitName = "clawdbot"
const launchdLabel = "clawdbot.gateway"

/** Where the person's unit is. `configHome` is `XDG_CONFIG_HOME`, if it is set. */
export const unitFile = (
  manager: ServiceManager,
  home: string,
  configHome: string | undefined
): string => {
  if (manager === "launchd") return `${home}/Library/LaunchAgents/${launchdLabel}.plist`
  return `${configHome ?? `${home}/.config`}/systemd/user/${unitName}.service`
}

/** The command line of the service manager. `userId` is the person's numeric id. */
export const serviceCommand = (
  manager: ServiceManager,
  action: ServiceAction,
  userId: number
): readonly [program: string, ...words: ReadonlyArray<string>] => {
  if (manager === "systemd") return ["systemctl", "--user", action, unitName]
  if (action === "restart") return ["launchctl", "kickstart", "-k", `gui/${userId}/${launchdLabel}`]
  return ["launchctl", action, launchdLabel]
}

/** Where a person finds out why a service does not run. */
export const logCommand = (manager: ServiceManager): string => {
  if (manager === "systemd") return `journalctl --user -u ${unitName} -n 50`
  return `launchctl print gui/$(id -u)/${launchdLabel}`
}

const systemdFolder = /CLAWDBOT_STATE_DIR=((?:[^"\\]|\\.)*)"/
const launchdFolder = /<key>CLAWDBOT_STATE_DIR<\/key>\s*<string>([^<]*)<\/string>/
const entities: Readonly<Record<string, string>> = { "&lt;": "<", "&gt;": ">", "&amp;": "&" }

/** The state folder that a unit serves; undefined where it names none. */
export const servedFolder = (manager: ServiceManager, unit: string): string | undefined => {
  if (manager === "systemd")
    return systemdFolder.exec(unit)?.[1]?.replace(/\\(.)/g, "$1").replace(/%%/g, "%")
  return launchdFolder
    .exec(unit)?.[1]
    ?.replace(/&(?:lt|gt|amp);/g, (entity) => entities[entity] ?? "")
}
