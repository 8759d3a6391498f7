/**
 * What systemd and launchd need to run the gateway. Pure text; no secret: the gateway reads its own
 * files.
 */

/** How the command is started, and which state folder it serves. Absolute paths. */
export interface Service {
  readonly node: string
  readonly entry: string
  readonly stateDir: string
  /** How long the gateway lets requests under way go on. */
  readonly drainSeconds: number
}

/** How much longer than that a service manager waits before it kills, in seconds. */
const graceSeconds = 20

/**
 * A word of `ExecStart=` and `Environment=`: quoted, and free of systemd's specifiers and
 * variables.
 */
const systemdWord = (text: string): string =>
  `"${text.replace(/["\\]/g, "\\$&").replace(/%/g, "%%").replace(/\$/g, "$$$$")}"`

/** The start of an `Environment=` word is no command: a dollar sign stands for itself there. */
const systemdSetting = (text: string): string =>
  `"${text.replace(/["\\]/g, "\\$&").replace(/%/g, "%%")}"`

/**
 * A user unit for systemd. Stopping waits for streams that are under way; that some did not end in
 * time is no fault of the service's.
 */
export const systemdUnit = ({ drainSeconds, entry, node, stateDir }: Service): string => `[Unit]
Description=clawdbot gateway
After=network-online.target

[Service]
ExecStart=${systemdWord(node)} ${systemdWord(entry)} gateway
Environment=${systemdSetting(`CLAWDBOT_STATE_DIR=${stateDir}`)}
Restart=on-failure
RestartSec=2
TimeoutStopSec=${drainSeconds + graceSeconds}
SuccessExitStatus=143
UMask=0077
NoNewPrivileges=yes

[Install]
WantedBy=default.target`

const xml = (text: string): string =>
  text.replace(/[&<>]/g, (sign) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;" })[sign] ?? sign)

/** An agent for launchd. */
export const launchdPlist = ({
  drainSeconds,
  entry,
  node,
  stateDir
}: Service): string => `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
  <key>Label</key><string>clawdbot.gateway</string>
  <key>ProgramArguments</key>
  <array>
    <string>${xml(node)}</string>
    <string>${xml(entry)}</string>
    <string>gateway</string>
  </array>
  <key>EnvironmentVariables</key>
  <dict><key>CLAWDBOT_STATE_DIR</key><string>${xml(stateDir)}</string></dict>
  <key>RunAtLoad</key><true/>
  <key>KeepAlive</key><dict><key>SuccessfulExit</key><false/></dict>
  <key>ExitTimeOut</key><integer>${drainSeconds + graceSeconds}</integer>
  <key>Umask</key><integer>63</integer>
</dict>
</plist>`
