// From the start of a process to its first answered request: the gateway beside the bare proxy, in
// pairs on one processor, in an environment that holds PATH and HOME alone. usage: node
// firstAnswer.mjs [PAIRS] → a table
import { spawn } from "node:child_process"
import { request } from "node:http"
import { connect } from "node:net"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { pathToFileURL } from "node:url"
import { freePort } from "./nginx.mjs"
import { cpuSeconds, lastCpu, median, pinned, stop } from "./processes.mjs"
import { middleHalf, noteOf, verdict } from "./quartiles.mjs"
import { markdown, row } from "./table.mjs"
import { cli, clientToken, makeHome, startUpstream, writeProvider } from "./world.mjs"

const body = JSON.stringify({
  model: "claude-opus-4-5",
  max_tokens: 100,
  messages: [{ role: "user", content: "hi" }]
})

/** Whether somebody listens at a port; costs less than a request that is refused. */
const isListening = (port) =>
  new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => {
      socket.destroy()
      resolve(true)
    })
    socket.on("error", () => resolve(false))
  })

/** Resolves with the status of an answer. */
const ask = (port, token, more) =>
  new Promise((resolve, reject) => {
    const headers = {
      "x-api-key": token,
      "anthropic-version": "2023-06-01",
      "content-type": "application/json",
      "content-length": body.length,
      ...more
    }
    const sent = request(
      { host: "127.0.0.1", port, method: "POST", path: "/v1/messages", headers, agent: false },
      (answer) => {
        answer.resume()
        answer.on("end", () => resolve(answer.statusCode))
      }
    )
    sent.on("error", reject)
    sent.end(body)
  })

/**
 * Milliseconds from the start of a process until a request to it is answered, and those of them
 * that its threads ran: a busy machine changes the second less. `cwd` is where it is started,
 * `headers` are what its requests have more.
 */
export const firstAnswer = async (command, env, port, token, { cwd, headers } = {}) => {
  const [file, ...rest] = pinned(lastCpu, command)
  const begun = performance.now()
  const child = spawn(file, rest, { env, cwd, stdio: "ignore" })
  try {
    while (!(await isListening(port))) {
      if (child.exitCode !== null) throw new Error(`${command.join(" ")} ended`)
      await sleep(2)
    }
    const status = await ask(port, token, headers)
    const ms = performance.now() - begun
    if (status !== 200) throw new Error(`${command.join(" ")} answered with ${status}`)
    return { ms, cpuMs: cpuSeconds(child.pid) * 1000 }
  } finally {
    await stop({ child })
  }
}

/** A row of the table; the first start makes what later ones find, and is not counted. */
export const measureFirstAnswer = async (node, pairs) => {
  const person = makeHome()
  const env = { PATH: "/usr/local/bin:/usr/bin:/bin", HOME: person.home }
  const upstream = await startUpstream()
  const origin = `http://127.0.0.1:${upstream.found}`
  writeProvider(person.home, origin)
  const port = String(await freePort())
  const bareProxy = join(import.meta.dirname, "bareProxy.mjs")
  const commands = {
    bare: [node, bareProxy, origin, port],
    gateway: [node, cli, "gateway", "--port", port]
  }
  const timed = (name, token) => firstAnswer(commands[name], env, port, token)
  // Until the first start has made the tokens there is none to ask with.
  await timed("gateway", "none").catch(() => undefined)
  const token = clientToken(person.home)
  await timed("gateway", token)
  const samples = []
  for (let pair = 0; pair < pairs; pair++) {
    const bare = await timed("bare", token)
    const gateway = await timed("gateway", token)
    samples.push({ bare, gateway })
  }
  await stop(upstream)
  person.remove()
  const figure = (key) => {
    const of = (name) => median(samples.map((sample) => sample[name][key])).toFixed(0)
    const ratios = samples.map(({ bare, gateway }) => gateway[key] / bare[key])
    const spread = `${middleHalf(ratios)}; ${of("gateway")} against ${of("bare")} ms`
    return { ratios, words: `${median(ratios).toFixed(2)} (${spread})` }
  }
  const [elapsed, used] = [figure("ms"), figure("cpuMs")]
  const isHeld = verdict(elapsed.ratios, 1.5)
  const what = "gateway, start to first response"
  row(`${what}, × the bare proxy`, elapsed.words + noteOf(isHeld), "≤ 1.5", isHeld)
  row(`${what}, processor time × the bare proxy`, used.words)
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const pairs = Number(process.argv[2] ?? 21)
  await measureFirstAnswer(process.execPath, pairs)
  console.log(markdown(`Node ${process.version}; ${pairs} pairs on one processor.`))
}
