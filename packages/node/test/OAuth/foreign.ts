/**
 * Stands in for Claude Code in the process tests: nothing of this project is in it. Each line on
 * stdin is a round in which it wants a good access token: it takes its refresh lock, reads its file
 * once more, redeems the refresh token only if the access token has run out, writes the file in
 * place. One line of JSON comes back. The lock is the one of the library it uses: a folder, touched
 * while it is held, believed to be left behind when it was not touched for a time by the clock on
 * the wall.
 */
import * as fs from "node:fs/promises"
import * as path from "node:path"
import * as readline from "node:readline"

interface Login {
  readonly accessToken: string
  readonly refreshToken: string
  readonly expiresAt: number
}

const options: {
  readonly configDir: string
  readonly tokenUrl: string
  readonly locks: ReadonlyArray<string>
  readonly staleMs: number
  readonly heartbeatMs: number
} = JSON.parse(process.argv[2] ?? "{}")

const file = path.join(options.configDir, ".credentials.json")

const readDocument = async (): Promise<{ readonly claudeAiOauth: Login }> =>
  JSON.parse(await fs.readFile(file, "utf8"))

const take = async (lock: string): Promise<() => Promise<void>> => {
  for (;;) {
    try {
      await fs.mkdir(lock)
      const heart = setInterval(() => {
        const now = Date.now() / 1000
        fs.utimes(lock, now, now).catch(() => undefined)
      }, options.heartbeatMs)
      return async () => {
        clearInterval(heart)
        await fs.rmdir(lock)
      }
    } catch {
      const touched = await fs.stat(lock).catch(() => undefined)
      if (touched !== undefined && touched.mtimeMs < Date.now() - options.staleMs)
        await fs.rmdir(lock).catch(() => undefined)
      // real time: plays another program, which waits for a lock like this.
      await new Promise((resolve) => setTimeout(resolve, 20 + Math.random() * 80))
    }
  }
}

const redeem = async (login: Login): Promise<Login> => {
  const response = await fetch(options.tokenUrl, {
    method: "POST",
    headers: { "content-type": "application/json", "user-agent": "foreign" },
    body: JSON.stringify({
      grant_type: "refresh_token",
      refresh_token: login.refreshToken,
      client_id: "foreign"
    })
  })
  const granted: {
    readonly access_token?: string
    readonly refresh_token?: string
    readonly expires_in?: number
    readonly error?: string
  } = JSON.parse(await response.text())
  if (granted.access_token === undefined || granted.refresh_token === undefined)
    throw new Error(granted.error)
  return {
    ...login,
    accessToken: granted.access_token,
    refreshToken: granted.refresh_token,
    expiresAt: Date.now() + (granted.expires_in ?? 0) * 1000
  }
}

const goodToken = async (): Promise<string> => {
  const before = (await readDocument()).claudeAiOauth
  if (before.expiresAt > Date.now()) return before.accessToken
  const given: Array<() => Promise<void>> = []
  for (const lock of options.locks) given.push(await take(lock))
  try {
    const document = await readDocument()
    if (document.claudeAiOauth.expiresAt > Date.now()) return document.claudeAiOauth.accessToken
    const after = await redeem(document.claudeAiOauth)
    await fs.writeFile(file, JSON.stringify({ ...document, claudeAiOauth: after }), { mode: 0o600 })
    return after.accessToken
  } finally {
    for (const giveBack of given.reverse()) await giveBack()
  }
}

const answerLines = async () => {
  process.stdout.write("ready\n")
  for await (const _line of readline.createInterface({ input: process.stdin })) {
    const served = await goodToken().catch((cause: unknown) => String(cause))
    process.stdout.write(`${JSON.stringify([served])}\n`)
  }
}

void answerLines()
