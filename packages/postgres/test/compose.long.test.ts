/**
 * `deploy/compose.shared.yml` without a container engine: the same commands with the same
 * variables, config and balancer, on ports of this machine. A gateway is killed under load.
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process"
import { randomBytes } from "node:crypto"
import * as fs from "node:fs"
import * as net from "node:net"
import * as os from "node:os"
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import * as Script from "@clawdbot/testing/ScriptedAnthropic/Script"
import { make } from "@clawdbot/testing/ScriptedAnthropic/ScriptedAnthropic"
import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import pg from "pg"
import { parse as parseYaml } from "yaml"
import { clusterUrl, describeWithServer, eventually } from "./store.ts"

const project = fileURLToPath(new URL("../../../", import.meta.url))
const command = `${project}packages/cli/dist/clawdbot.cjs`
const textOf = (file: string): string => fs.readFileSync(`${project}${file}`, "utf8")
const apiKey = `sk-ant-api03-${"PLANTEDplanted".repeat(6)}-AA`
const token = "planted-token-of-a-team"

const Compose = Schema.Struct({
  services: Schema.Record({
    key: Schema.String,
    value: Schema.Struct({
      command: Schema.optional(Schema.Array(Schema.String)),
      environment: Schema.optional(Schema.Record({ key: Schema.String, value: Schema.String })),
      volumes: Schema.Array(Schema.String)
    })
  })
})
const { services } = Schema.decodeUnknownSync(Compose)(
  parseYaml(textOf("deploy/compose.shared.yml"), { merge: true })
)

/** The command of the image, where a service has none. */
const imageCommand: ReadonlyArray<string> = JSON.parse(
  /^CMD (\[.*\])$/m.exec(textOf("Dockerfile"))?.[1] ?? "[]"
)

const folder = Effect.acquireRelease(
  Effect.sync(() => fs.mkdtempSync(path.join(os.tmpdir(), "clawdbot-compose-"))),
  (made) => Effect.sync(() => fs.rmSync(made, { recursive: true, force: true }))
)

/** A database of its own, as the service `postgres` makes it. */
const database = Effect.acquireRelease(
  Effect.promise(async () => {
    const name = `compose_${randomBytes(6).toString("hex")}`
    const client = new pg.Client({ connectionString: clusterUrl })
    await client.connect()
    await client.query(`create database ${name}`)
    const url = new URL(clusterUrl ?? "")
    url.pathname = name
    return { client, name, host: url.host, url: url.href }
  }),
  ({ client, name }) =>
    Effect.promise(async () => {
      await client.query(`drop database ${name} with (force)`)
      await client.end()
    })
)

const freePort = Effect.async<number>((resume) => {
  const server = net.createServer()
  server.listen(0, "127.0.0.1", () => {
    const address = server.address()
    const port = typeof address === "object" && address !== null ? address.port : 0
    server.close(() => resume(Effect.succeed(port)))
  })
})

/** Fills the variables of a compose file in; every one has to be known. */
const filled = (text: string, variables: Readonly<Record<string, string>>): string =>
  text.replace(/\$\{(\w+):\?[^}]*\}/g, (_, name: string) => {
    return variables[name] ?? assert.fail(`no variable ${name}`)
  })

/** Replaces texts; each has to be there. */
const changed = (text: string, changes: Readonly<Record<string, string>>): string =>
  Object.entries(changes).reduce((so, [from, to]) => {
    assert.include(so, from)
    return so.replaceAll(from, to)
  }, text)

/** A service as a process: what runs it, and what it is given. */
const serviceOf = (name: string, home: string, databaseUrl: string, config: string) => {
  const service = services[name] ?? assert.fail(`no service ${name}`)
  const variables = Object.fromEntries(
    Object.entries(service.environment ?? {}).map(([key, value]) => [
      key,
      filled(value, {
        CLAWDBOT_GATEWAY_TOKEN: token,
        CLAWDBOT_STORE_KEY: Buffer.alloc(32, 7).toString("base64"),
        POSTGRES_PASSWORD: "planted-password"
      })
    ])
  )
  assert.match(variables.CLAWDBOT_STORE_URL ?? "", /^postgres:.*@postgres:5432\/clawdbot\?/)
  const mounted = service.volumes.find((volume) =>
    volume.includes(`:${variables.CLAWDBOT_CONFIG_PATH}`)
  )
  assert.strictEqual(mounted?.split(":")[0], "./clawdbot.shared.json5")
  return {
    argv: service.command ?? imageCommand,
    env: {
      PATH: process.env.PATH,
      HOME: home,
      ...variables,
      CLAWDBOT_STATE_DIR: path.join(home, name),
      CLAWDBOT_CONFIG_PATH: config,
      CLAWDBOT_STORE_URL: databaseUrl
    }
  }
}

type Service = ReturnType<typeof serviceOf>

const run = ({ env }: Service, argv: ReadonlyArray<string>, input = "") =>
  Effect.async<{ readonly status: number | null; readonly text: string; readonly all: string }>(
    (resume) => {
      const child = spawn(process.execPath, [command, ...argv], { env, stdio: "pipe" })
      let [text, all] = ["", ""]
      child.stdout.on("data", (chunk: Buffer) => {
        text += chunk.toString()
        all += chunk.toString()
      })
      child.stderr.on("data", (chunk: Buffer) => {
        all += chunk.toString()
      })
      child.stdin.end(input)
      child.once("close", (status) => resume(Effect.succeed({ status, text, all })))
    }
  )

/** A process that runs until the scope ends; it is ended by its id. */
const running = (program: string, argv: ReadonlyArray<string>, env: NodeJS.ProcessEnv) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const child = spawn(program, [...argv], { env, stdio: ["ignore", "pipe", "pipe"] })
      let text = ""
      for (const stream of [child.stdout, child.stderr])
        stream.on("data", (chunk: Buffer) => {
          text += chunk.toString()
        })
      return { child, text: () => text }
    }),
    ({ child }) => ended(child, "SIGTERM")
  )

const ended = (child: ChildProcess, signal: NodeJS.Signals) =>
  Effect.async<void>((resume) => {
    if (child.exitCode !== null || child.signalCode !== null) return resume(Effect.void)
    child.once("exit", () => resume(Effect.void))
    child.kill(signal)
  })

const gatewayOf = (service: Service) =>
  Effect.gen(function* () {
    const argv = [command, ...service.argv, "--port", "0"]
    const { child, text } = yield* running(process.execPath, argv, service.env)
    const said = yield* eventually(
      Effect.sync(text),
      (all) => all.includes("Ctrl-C") || child.exitCode !== null
    )
    const port = /listening on \S*?:(\d+)/.exec(said)?.[1] ?? assert.fail(said)
    return { child, port }
  })

interface Answer {
  readonly status: number
  readonly at: number
}

const ask = (port: number): Effect.Effect<Answer> =>
  Effect.promise(async () => {
    const status = await fetch(`http://127.0.0.1:${port}/v1/messages`, {
      method: "POST",
      headers: { "x-api-key": token, "anthropic-version": "2023-06-01" },
      body: JSON.stringify({ model: "claude-opus-4-5", max_tokens: 1, messages: [] })
    }).then(
      async (response) => {
        await response.text()
        return response.status
      },
      () => 0
    )
    // real time: whether a failure is about the moment of the kill is looked at.
    return { status, at: performance.now() }
  })

const clients = 4

describeWithServer("deploy/compose.shared.yml", () => {
  it.scopedLive(
    "serves through the balancer while one of its gateways is killed",
    (context) =>
      Effect.gen(function* () {
        if (spawnSync("nginx", ["-v"]).status !== 0) return context.skip("needs nginx")
        const home = yield* folder
        const { url } = yield* database
        const upstream = yield* make({ credentials: { [apiKey]: Script.always(Script.ok()) } })
        const config = path.join(home, "clawdbot.json")
        fs.writeFileSync(
          config,
          changed(textOf("deploy/clawdbot.shared.json5"), {
            "{\n  store:": `{ models: { providers: { anthropic: { baseUrl: "${upstream.url}" } } },\n  store:`
          })
        )
        const [migrate, a, b] = ["migrate", "gateway-a", "gateway-b"].map((name) =>
          serviceOf(name, home, url, config)
        )
        if (migrate === undefined || a === undefined || b === undefined) return assert.fail("three")
        const migrated = yield* run(migrate, migrate.argv)
        assert.strictEqual(migrated.status, 0, migrated.all)
        const stored = yield* run(a, ["onboard", "--anthropic-api-key", "-"], apiKey)
        assert.strictEqual(stored.status, 0, stored.all)
        const first = yield* gatewayOf(a)
        const second = yield* gatewayOf(b)

        const port = yield* freePort
        const scratch = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
          .map((of) => `${of}_temp_path ${home}/${of};`)
          .join(" ")
        const balancer = changed(textOf("deploy/nginx.shared.conf"), {
          "gateway-a:18789": `127.0.0.1:${first.port}`,
          "gateway-b:18789": `127.0.0.1:${second.port}`,
          "listen 8080": `listen 127.0.0.1:${port}`
        })
        const main = `daemon off; pid ${home}/pid; events {}`
        fs.writeFileSync(
          `${home}/nginx.conf`,
          `${main}\nhttp { access_log off; ${scratch}\n${balancer}\n}\n`
        )
        yield* running("nginx", ["-e", "stderr", "-p", home, "-c", `${home}/nginx.conf`], {
          PATH: process.env.PATH
        })
        yield* eventually(ask(port), ({ status }) => status === 200)

        // The first one learns of the second one within five seconds.
        yield* eventually(run(a, ["gateway", "status"]), ({ text }) =>
          text.includes("Other gateway: ")
        )

        const answers: Array<Answer> = []
        let isOver = false
        const client = Effect.whileLoop({
          while: () => !isOver,
          body: () => ask(port),
          step: (answer) => answers.push(answer)
        })
        const killing = Effect.gen(function* () {
          // real time: requests go on for a while around a kill.
          yield* Effect.sleep("1 second")
          const served = yield* Effect.forEach([a, b], (one) =>
            run(one, ["gateway", "status", "--json"])
          )
          yield* ended(first.child, "SIGKILL")
          // real time: the same.
          const at = performance.now()
          yield* Effect.sleep("2500 millis")
          isOver = true
          return { at, served: served.map(({ text }) => JSON.parse(text)) }
        })
        const [killed] = yield* Effect.all(
          [killing, ...Array.from({ length: clients }, () => client)],
          { concurrency: "unbounded" }
        )
        const failed = answers.filter(({ status }) => status !== 200)
        // Only what the killed gateway had in flight may be lost: one request for each client.
        assert.isAtMost(failed.length, clients)
        for (const { at } of failed) assert.isBelow(Math.abs(at - killed.at), 1_000)
        assert.isAbove(answers.filter(({ at }) => at > killed.at + 1_000).length, 10)
        // Both served before, and each knew the other one.
        for (const { gateway, requests } of killed.served) {
          assert.isAbove(requests.length, 0)
          assert.lengthOf(gateway.fleet.others, 1)
          assert.strictEqual(gateway.fleet.others[0].configDigest, gateway.fleet.configDigest)
        }

        const status = yield* eventually(run(b, ["gateway", "status"]), ({ text }) =>
          text.includes("silent for")
        )
        assert.include(status.text, "Shared store: connected")
        const examined = yield* run(b, ["doctor", "--json"])
        assert.include(examined.text, '"gateway-silent"')
      }),
    120_000
  )
})
