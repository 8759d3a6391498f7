// Two gateways on one throw-away PostgreSQL, with practice keys: `scripts/start --postgres`.
import { start, stop } from "../benchmarks/processes.mjs"
import { makeSharedStore } from "./sharedStore.mjs"

const cli = "packages/cli/dist/clawdbot.cjs"
const store = await makeSharedStore()
const gateways = []
let isEnding = false
const end = async () => {
  if (isEnding) return
  isEnding = true
  for (const gateway of gateways) await stop(gateway)
  await store.remove()
  process.exit(0)
}
process.on("SIGINT", end)
process.on("SIGTERM", end)

try {
  const hosts = ["a", "b"].map((name) => store.hostOf(name))
  for (const key of [store.keys.limited, store.keys.steady])
    store.run(
      hosts[0].env,
      ["models", "auth", "paste-token", "--provider", "anthropic"].concat(
        "--profile-id",
        key === store.keys.limited ? "anthropic:practice-limited" : "anthropic:practice-steady"
      ),
      key
    )
  for (const { env } of hosts)
    gateways.push(
      await start(
        0,
        ["node", cli, "gateway", "--port", "0", "--print-token"],
        (said) => (said.includes("Ctrl-C") ? said : undefined),
        env
      )
    )
  const urls = gateways.map(({ found }) => /listening on (\S+)/.exec(found)[1])
  const token = /client token\s+(\S+)/.exec(gateways[0].found)[1]
  console.log("Two gateways share one PostgreSQL, in practice mode; nothing of it stays.")
  for (const [index, url] of urls.entries()) {
    const { home } = hosts[index]
    console.log(`\nGateway ${hosts[index].name}: ${url}`)
    console.log(`  its commands: HOME=${home} node ${cli} gateway status`)
  }
  console.log("\nSend requests to either one; a cooldown that one meets is known to both:\n")
  // Every user of the machine may read the arguments of curl; `echo` is a part of the shell.
  console.log(`  echo "x-api-key: ${token}" | curl -s -H @- ${urls[0]}/v1/messages \\`)
  console.log('    -H "anthropic-version: 2023-06-01" -H "content-type: application/json" \\')
  console.log(
    `    -d '{"model":"claude-opus-4-5","max_tokens":64,` +
      `"messages":[{"role":"user","content":"Hi"}]}'`
  )
  console.log("\nCtrl-C ends both, and the database.")
} catch (error) {
  console.error(String(error.message ?? error))
  isEnding = true
  for (const gateway of gateways) await stop(gateway)
  await store.remove()
  process.exit(1)
}
