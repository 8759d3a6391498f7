// A shared store on this machine, thrown away at the end: what `scripts/start --postgres` shows and
// `scripts/bench --postgres` measures.
import { spawnSync } from "node:child_process"
import { randomBytes } from "node:crypto"
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { start, stop } from "../benchmarks/processes.mjs"
import { bundleSources } from "../bundleSources.mjs"

/** The bundled command. */
const cli = "packages/cli/dist/clawdbot.cjs"
const here = new URL(".", import.meta.url).pathname

/** Runs a command of the store to its end. */
const run = (env, argv, input = "") => {
  const ran = spawnSync("node", [cli, ...argv], {
    env: { ...process.env, ...env },
    input,
    encoding: "utf8"
  })
  if (ran.status !== 0) throw new Error(`clawdbot ${argv.join(" ")}: ${ran.stderr}`)
  return ran.stdout
}

/**
 * The store, set up. `hostOf` gives the variables of one more host, whose config sends to the
 * scripted Anthropic or to `upstream`; `run` is a command on a host.
 */
export const makeSharedStore = async () => {
  const folder = mkdtempSync(join(tmpdir(), "clawdbot-shared-"))
  const world = join(folder, "world.mjs")
  await bundleSources(join(here, "world.ts"), world)
  const line = (said) => (said.includes("\n") ? said : undefined)
  const running = await start(0, ["node", world], line).catch((error) => {
    rmSync(folder, { recursive: true, force: true })
    throw error
  })
  const { keys, postgres, upstream } = JSON.parse(running.found)
  const key = randomBytes(32).toString("base64")
  const hostOf = (name, baseUrl = upstream) => {
    const home = join(folder, name)
    mkdirSync(join(home, ".clawdbot"), { recursive: true, mode: 0o700 })
    const [urlFile, keyFile] = ["store-url", "store-key"].map((name) => join(home, name))
    writeFileSync(urlFile, postgres, { mode: 0o600 })
    writeFileSync(keyFile, key, { mode: 0o600 })
    writeFileSync(
      join(home, ".clawdbot/clawdbot.json"),
      JSON.stringify({
        store: { type: "postgres", urlFile, keyFile },
        models: { providers: { anthropic: { baseUrl } } }
      })
    )
    return { name, home, env: { HOME: home, NO_COLOR: "1" } }
  }
  run(hostOf("setup").env, ["store", "migrate"])
  return {
    keys,
    postgres,
    hostOf,
    run,
    remove: async () => {
      await stop(running)
      rmSync(folder, { recursive: true, force: true })
    }
  }
}
