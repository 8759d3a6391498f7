/**
 * `clawdbot models auth print-token` as other programs call it, without options, while a gateway
 * runs: the gateway is asked before anything of the command is loaded, which takes three times as
 * long as the answer. What is printed is what the command would print; whatever casts a doubt on
 * that (a variable, a file, an answer of another form) is left to the command.
 */
import type * as Fs from "node:fs"
import type * as Net from "node:net"
import { fileVersion, missing } from "@clawdbot/domain/Document/fileVersion"

/** Of an answer no more than this is read, in characters. */
const maxAnswer = 64 * 1024

/** A config of more bytes than people write is left to the command, which says so. */
const maxConfig = 1024n * 1024n

/** How long an answer is waited for, in ms: a credential that is ready is there in a few. */
const maxWaitMs = 1_000

const command: ReadonlyArray<string> = ["models", "auth", "print-token"]

/** Variables that move what the command reads, or are credentials themselves. */
const telling = /^(?:CLAWDBOT_|PI_CODING_AGENT_DIR$|ANTHROPIC_\w*(?:KEY|TOKEN))/

/**
 * The state folder of a command line that the gateway may answer; undefined where only the command
 * can tell what is meant. Pure.
 */
export const plainStateDir = (
  argv: ReadonlyArray<string>,
  env: Readonly<Record<string, string | undefined>>,
  platform: NodeJS.Platform
): string | undefined => {
  if (argv.length !== command.length || argv.some((word, index) => word !== command[index]))
    return undefined
  if (platform === "win32" || Object.keys(env).some((name) => telling.test(name))) return undefined
  const { HOME: home } = env
  if (home === undefined || !home.startsWith("/") || home !== home.trim()) return undefined
  return `${home}/.clawdbot`
}

/** The token in an answer of the gateway; undefined where it is anything else. Pure. */
export const tokenIn = (answer: string): string | undefined => {
  const end = answer.indexOf("\r\n\r\n")
  if (end < 0 || !/^HTTP\/1\.[01] 200 /.test(answer)) return undefined
  try {
    const issued: unknown = JSON.parse(answer.slice(end + 4))
    if (typeof issued !== "object" || issued === null) return undefined
    const texts = ["agent", "profile", "provider", "kind", "token", "baseUrl"]
    const found = new Map(Object.entries(issued))
    const isText = (name: string) => typeof found.get(name) === "string" && found.get(name) !== ""
    const token: unknown = found.get("token")
    if (found.get("version") !== 1 || typeof found.get("headers") !== "object") return undefined
    if (!texts.every(isText) || typeof token !== "string") return undefined
    return /^[!-~]+$/.test(token) ? token : undefined
  } catch {
    return undefined
  }
}

/**
 * The version of the config that the command would read; undefined where the command has to read
 * it: with the variables of its own process, with other files, or from a shared store.
 */
const configVersion = (fs: typeof Fs, stateDir: string): string | undefined => {
  if (fs.existsSync(`${stateDir}/.env`) || fs.existsSync(`${stateDir}/store-moved.json`))
    return undefined
  const file = `${stateDir}/clawdbot.json`
  const stat = fs.statSync(file, { bigint: true, throwIfNoEntry: false })
  if (stat === undefined) return missing
  // A pipe would be waited for.
  if (!stat.isFile() || stat.size > maxConfig) return undefined
  return fs.readFileSync(file, "latin1").includes("$") ? undefined : fileVersion(stat)
}

/**
 * Asks, and tells `then` the token once; undefined where the command has to be run. By hand, over
 * HTTP/1.0: an answer is whole when it ends, and nothing is loaded that a pipe does not need.
 */
const ask = (
  { connect }: typeof Net,
  stateDir: string,
  config: string,
  then: (token: string | undefined) => void
): void => {
  const body = JSON.stringify({ config })
  const socket = connect(`${stateDir}/run/gateway.sock`)
  let answer: string | undefined = ""
  const giveUp = () => {
    answer = undefined
    socket.destroy()
  }
  const timer = setTimeout(giveUp, maxWaitMs)
  socket.setEncoding("latin1")
  socket.on("data", (text: string) => {
    answer += text
    if (answer !== undefined && answer.length > maxAnswer) giveUp()
  })
  socket.on("error", giveUp)
  socket.on("close", () => {
    clearTimeout(timer)
    then(answer === undefined ? undefined : tokenIn(answer))
  })
  socket.write(
    "POST /clawdbot/own-token HTTP/1.0\r\nhost: localhost\r\ncontent-type: application/json\r\n" +
      `content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
  )
}

/**
 * Tells `then` the token that the gateway of a state folder hands out, once; undefined where there
 * is none, or the command would perhaps print another one.
 */
export const tokenOfGateway = (
  fs: typeof Fs,
  loadNet: () => typeof Net,
  stateDir: string,
  then: (token: string | undefined) => void
): void => {
  try {
    // Without a working folder the command fails, and without a socket nobody is there to ask.
    process.cwd()
    const config = fs.existsSync(`${stateDir}/run/gateway.sock`)
      ? configVersion(fs, stateDir)
      : undefined
    if (config !== undefined) return ask(loadNet(), stateDir, config, then)
  } catch {
    // The command meets the same, and says it in words.
  }
  then(undefined)
}
