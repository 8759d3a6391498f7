/**
 * Every command about logins, with secrets planted everywhere: nothing shows one, and no process is
 * ever started with one. The programs that are started (`claude`, `security`, the login shell) read
 * the whole process table while they run.
 */

import { spawn } from "node:child_process"
import * as fs from "node:fs"
import { defined } from "@clawdbot/domain/Document/defined"
import { scriptedSecurity } from "@clawdbot/testing/ClaudeCode/scriptedSecurity"
import * as Endpoint from "@clawdbot/testing/OAuth/ScriptedTokenEndpoint"
import type { IssuedTokens } from "@clawdbot/testing/OAuth/TokenFamilies"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { home, planted, run } from "../clawdbot.ts"
import { runWhole } from "../commandLine.ts"
import { atTerminal, keys } from "../terminal/person.ts"
import { record, store } from "./logins.ts"
import { nothingSeen, type Seen, tellingScript, watch, watched } from "./watched.ts"

const claudeCode = "anthropic:claude-cli"
const far = 4_102_444_800_000

/**
 * A secret in every form in which it might get out: whole, its middle, and both as hexadecimal
 * digits.
 */
const formsOf = (secret: string): ReadonlyArray<string> => {
  const plain = [secret, secret.slice(13, 40)]
  return [...plain, ...plain.map((form) => Buffer.from(form).toString("hex"))]
}

const assertNothingTold = (seen: Seen, folder: string, secrets: ReadonlyArray<string>) => {
  const told = fs.existsSync(`${folder}/processes`)
    ? fs.readFileSync(`${folder}/processes`, "utf8")
    : ""
  const everything = [...seen.shown, ...seen.processes, told].join("\n")
  for (const secret of secrets)
    for (const form of formsOf(secret)) assert.notInclude(everything, form)
}

const world = (platform: "linux" | "darwin") =>
  Effect.gen(function* () {
    const folder = yield* home
    const endpoint = yield* Endpoint.make
    const seen = nothingSeen()
    yield* watch(seen)
    fs.mkdirSync(`${folder}/bin`)
    fs.mkdirSync(`${folder}/.clawdbot/agents/main/agent`, { recursive: true, mode: 0o700 })
    const write = (name: string, content: string, mode = 0o600) =>
      fs.writeFileSync(`${folder}/${name}`, content, { mode })
    write("bin/claude", tellingScript(""), 0o755)
    write(
      "bin/shell",
      tellingScript(`printf 'ANTHROPIC_OAUTH_TOKEN=%s\\0' '${planted.setupToken}'`),
      0o755
    )
    write("bin/security", scriptedSecurity(folder), 0o755)
    write("items.json", "[]")
    write("system.cjs", `Object.defineProperty(process, "platform", { value: "${platform}" })`)
    const config = (more: object = {}) =>
      write(
        ".clawdbot/clawdbot.json",
        JSON.stringify({
          models: { providers: { anthropic: { oauth: { tokenUrl: endpoint.url } } } },
          env: { shellEnv: { enabled: true } },
          ...more
        })
      )
    config()
    const env = {
      PATH: `${folder}/bin:/usr/bin:/bin`,
      SHELL: `${folder}/bin/shell`,
      NODE_OPTIONS: `--require ${folder}/system.cjs`,
      CLAWDBOT_DEBUG: "1"
    }
    const profiles = (all: Readonly<Record<string, object>>) =>
      write(store, JSON.stringify({ version: 1, profiles: all }))
    // Another system is played by the process; what a command starts, and shows, is the same here.
    const command = (argv: ReadonlyArray<string>, stdin?: string) =>
      watched(
        seen,
        platform === process.platform
          ? runWhole(folder, argv, { variables: env, ...defined({ stdin }) })
          : run(folder, argv, { env, ...defined({ stdin }) })
      )
    const person = (argv: ReadonlyArray<string>, typed: ReadonlyArray<readonly [string, string]>) =>
      Effect.gen(function* () {
        const at = yield* atTerminal(folder, argv, env)
        for (const [question, answer] of typed) {
          yield* at.sees(question)
          yield* at.types(answer)
        }
        const status = yield* at.ended
        seen.shown.push(at.screen())
        assert.strictEqual(status, 0, at.screen())
      })
    return { command, endpoint, folder, person, profiles, seen, write }
  })

const loginOf = (tokens: IssuedTokens, expiresAt: number) =>
  JSON.stringify({
    claudeAiOauth: { accessToken: tokens.access, refreshToken: tokens.refresh, expiresAt }
  })

/** What the provider or a proxy may answer that repeats the secret. */
const echoing = (tokens: IssuedTokens) => [
  {
    status: 400,
    body: JSON.stringify({ error: "invalid_grant", error_description: tokens.refresh })
  },
  { status: 400, body: JSON.stringify({ error: tokens.refresh }) },
  { status: 403, body: `<html>${tokens.refresh} ${tokens.access}</html>` }
]

describe("the watch", () => {
  it.scopedLive("sees what a process is started with", () =>
    Effect.gen(function* () {
      const seen = nothingSeen()
      yield* watch(seen)
      const child = spawn("sh", ["-c", "sleep 5; true", planted.apiKey])
      yield* Effect.addFinalizer(() => Effect.sync(() => child.kill("SIGKILL")))
      // real time: looks until it holds, with a bound.
      yield* Effect.repeat(Effect.sleep("20 millis"), {
        until: () => [...seen.processes].some((line) => line.includes("sleep 5")),
        times: 400
      })
      assert.throws(() => assertNothingTold(seen, "", [planted.apiKey]))
      assertNothingTold(seen, "", [planted.otherKey])
    })
  )
})

describe("commands about logins tell no secret", () => {
  it.scopedLive(
    "nor does anything they start",
    () =>
      Effect.gen(function* () {
        const { command, endpoint, folder, person, profiles, seen, write } = yield* world("linux")
        const [mine, theirs, gone] = [
          endpoint.families.signIn(),
          endpoint.families.signIn(),
          endpoint.families.signIn()
        ]
        endpoint.families.revoke(gone.refresh)
        profiles({ "anthropic:me": record(mine, 1), "anthropic:gone": record(gone, 1) })
        fs.mkdirSync(`${folder}/.claude`)
        write(".claude/.credentials.json", loginOf(theirs, far))
        write("token", planted.setupToken)
        const auth = (...argv: ReadonlyArray<string>) => ["models", "auth", ...argv]

        yield* command(auth("paste-token", "--provider", "anthropic"), planted.setupToken)
        yield* command(
          auth("paste-token", "--provider", "anthropic", "--token-file", `${folder}/token`)
        )
        yield* command(auth("paste-token", "--provider", "anthropic"), `${planted.apiKey} and more`)
        yield* command(
          auth("paste-token", "--provider", "anthropic"),
          `code-${planted.setupToken}#state`
        )
        yield* person(auth("setup-token", "--yes"), [
          ["Paste your token", `${planted.setupToken}${keys.enter}`]
        ])
        yield* person(auth("add"), [
          ["Token provider", keys.enter],
          ["Token method", `${keys.down}${keys.enter}`],
          ["Profile id", keys.enter],
          ["Does this token expire", keys.enter],
          ["Paste your token", `${planted.apiKey}${keys.enter}`],
          ["already has", keys.enter]
        ])
        yield* command(["onboard", "--auth-choice", "claude-cli"])
        yield* command(auth("sync"))
        assert.strictEqual((yield* command(auth("refresh", "anthropic:me"))).status, 0)
        assert.strictEqual((yield* command(auth("refresh", claudeCode))).status, 0)
        assert.strictEqual((yield* command(auth("refresh", "anthropic:gone"))).status, 1)
        for (const instead of echoing(mine)) {
          endpoint.script.push({ instead: { ...instead, headers: { "retry-after": "3600" } } })
          const second = endpoint.families.signIn()
          profiles({ "anthropic:me": record(mine, 1), "anthropic:second": record(second, 1) })
          yield* command(auth("refresh", "anthropic:me"))
        }
        for (const argv of [
          auth("login"),
          auth("explain"),
          auth("same", "anthropic:me"),
          auth("different", "anthropic:me"),
          ["models", "status"],
          ["models", "status", "--json"],
          ["doctor"]
        ]) {
          yield* command(argv)
        }
        // What a client was answered may repeat what it sent.
        const said = (text: string) =>
          JSON.stringify({ type: "error", error: { type: "authentication_error", message: text } })
        for (const status of ["200", "401", "429", "500"])
          for (const flags of [[], ["--json"], ["--version", "0".repeat(32)]])
            yield* command(
              auth("report", "anthropic:manual", "--status", status, "--body", "-", ...flags),
              said(`${planted.setupToken} and ${planted.apiKey}`)
            )
        yield* command(auth("report", "anthropic:none", "--status", "401"))
        yield* command(auth("print-token", "--json", "--profile-id", "anthropic:none"))
        for (const flag of [[], ["--undo"], ["--purge"]])
          yield* command(auth("logout", "anthropic:second", ...flag))

        // Programs that are over in a moment tell of themselves: the watch may miss them.
        const started = fs.readFileSync(`${folder}/processes`, "utf8")
        assert.include(started, "claude setup-token")
        assert.include(started, "bin/shell -l -c env -0")
        const tokens = endpoint.requests.flatMap(({ body }) =>
          Object.values(body as Record<string, string>)
        )
        const issued = [mine, theirs, gone].flatMap(({ access, refresh }) => [access, refresh])
        assertNothingTold(seen, folder, [
          ...Object.values(planted),
          ...issued,
          ...tokens.filter((value) => value.startsWith("sk-ant-"))
        ])
      }),
    120_000
  )

  it.scopedLive(
    "nor does the Keychain's program on macOS",
    () =>
      Effect.gen(function* () {
        const { command, endpoint, folder, person, seen, write } = yield* world("darwin")
        const [first, second] = [endpoint.families.signIn(), endpoint.families.signIn()]
        const keep = (tokens: IssuedTokens, expiresAt: number) =>
          write(
            "items.json",
            JSON.stringify([
              {
                service: "Claude Code-credentials",
                account: "somebody",
                password: loginOf(tokens, expiresAt)
              }
            ])
          )
        keep(first, far)
        const status = yield* command(["models", "status"])
        assert.include(
          status.stderr,
          "Claude Code is logged in on this machine (the macOS Keychain)"
        )
        const onboarded = yield* command(["onboard", "--auth-choice", "claude-cli"])
        assert.strictEqual(onboarded.status, 0, onboarded.stderr)
        const refreshed = yield* command(["models", "auth", "refresh", claudeCode])
        assert.strictEqual(refreshed.status, 0, refreshed.stderr)
        // The Keychain has the new tokens, in the item it had before.
        const items: ReadonlyArray<{ readonly account: string; readonly password: string }> =
          JSON.parse(fs.readFileSync(`${folder}/items.json`, "utf8"))
        assert.deepStrictEqual(
          items.map(({ account }) => account),
          ["somebody"]
        )
        const kept: { readonly claudeAiOauth: { readonly accessToken: string } } = JSON.parse(
          items[0]?.password ?? ""
        )
        assert.isTrue(endpoint.families.isCurrent(kept.claudeAiOauth.accessToken))
        // A login that `claude` stores in the Keychain is taken from there at once.
        write("bin/claude", `#!/bin/sh\ncp "$HOME/next.json" "$HOME/items.json"\n`, 0o755)
        keep(second, far)
        fs.copyFileSync(`${folder}/items.json`, `${folder}/next.json`)
        write("items.json", JSON.stringify(items))
        yield* person(["models", "auth", "setup-token", "--yes"], [])
        const stored: { readonly profiles: Readonly<Record<string, { readonly access: string }>> } =
          JSON.parse(fs.readFileSync(`${folder}/${store}`, "utf8"))
        assert.strictEqual(stored.profiles[claudeCode]?.access, second.access)

        assert.include(fs.readFileSync(`${folder}/processes`, "utf8"), "security -i")
        assert.include(fs.readFileSync(`${folder}/arguments`, "utf8"), "find-generic-password")
        assertNothingTold(seen, folder, [
          first.access,
          first.refresh,
          second.access,
          second.refresh,
          kept.claudeAiOauth.accessToken
        ])
        assert.notMatch(fs.readFileSync(`${folder}/arguments`, "utf8"), /sk-ant-|736b2d616e74/)
      }),
    60_000
  )
})
