/**
 * The bundled command at one terminal, one command line after the other: what comes between two
 * zero bytes says what the next one is, for which folder and with which variables. A command line
 * is over when its process would end by itself; then its status is said. One that a signal stopped
 * takes this process with it.
 */
import fs from "node:fs"
import { createRequire } from "node:module"
import path from "node:path"
import { Script } from "node:vm"

const dist = process.argv[2]
const name = fs.readdirSync(dist).find((file) => /^command-[0-9a-f]+\.cjs$/.test(file))
const filename = path.join(dist, name)
const script = new Script(fs.readFileSync(filename, "latin1"), {
  filename,
  cachedData: fs.readFileSync(filename.replace(/cjs$/, "command.cache"))
})
const { main } = script.runInThisContext()(createRequire(path.join(dist, "clawdbot.cjs")), {})

const { stdin, stdout } = process
const signals = ["SIGINT", "SIGTERM"]
let isStopped = false
const stop = () => {
  isStopped = true
}

const begin = ({ argv, env, folder }) => {
  for (const variable of Object.keys(process.env)) delete process.env[variable]
  Object.assign(process.env, env)
  process.chdir(folder)
  process.exitCode = undefined
  for (const signal of signals) process.once(signal, stop)
  main(argv)
}

const waitForNext = () => {
  for (const signal of signals) process.off(signal, stop)
  // The folder is gone after its test.
  process.chdir("/")
  let typed = ""
  const take = (text) => {
    typed += text
    const [, asked, after] = typed.split("\0")
    if (asked === undefined || after === undefined) return
    stdin.off("data", take)
    stdin.setRawMode(false)
    stdin.pause()
    begin(JSON.parse(asked))
  }
  stdin.ref()
  stdin.setRawMode(true)
  stdin.setEncoding("utf8")
  stdin.on("data", take)
  stdin.resume()
  stdout.write(`\u001b]ended;${process.exitCode ?? 0}\u0007`)
}

process.on("beforeExit", () => {
  if (!isStopped) waitForNext()
})
