/** Whatever the pages tell people to type works as written. */
import { spawnSync } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Global from "../../src/commandLine/globalFlags.ts"
import { check } from "../../src/commandLine/guard.ts"
import { root } from "../../src/root.ts"
import { entry, home, planted } from "../clawdbot.ts"
import { runWhole } from "../commandLine.ts"
import { keys, type Person, programAtTerminal } from "../terminal/person.ts"
import { commandLines, pages, shellLines, textOf } from "./commandLines.ts"

/** A variable that holds a secret, as a shell puts its value into a command's arguments. */
const secretArgument = /clawdbot [^|#`]*\$\{?\w*(KEY|TOKEN|SECRET|PASSWORD)\b/

const examplesOf = (node: typeof root): ReadonlyArray<string> => [
  ...node.examples,
  ...node.subcommands.flatMap(examplesOf)
]

describe("secrets", () => {
  it("are in the arguments of no command that a page or a help text shows", () => {
    const shown = [...pages, "packages/cli/README.md"].flatMap((page) => textOf(page).split("\n"))
    const examples = examplesOf(root)
    assert.isAbove(examples.length, 30)
    assert.deepStrictEqual(
      [...shown, ...examples].filter((line) => secretArgument.test(line)),
      []
    )
  })
})

describe("command lines on the pages", () => {
  it("are found at all", () => {
    assert.isAbove(pages.flatMap(commandLines).length, 60)
  })

  for (const page of pages) {
    it(`${page}: no command and no flag that there is not`, () => {
      for (const argv of commandLines(page)) {
        const flags = Either.getOrThrow(Global.parseGlobal(argv))
        const checked = check(root, flags.rest.length === 0 ? ["--help"] : flags.rest)
        // In a sentence a command may stand without what it needs; what it names has to be there.
        if (Either.isLeft(checked))
          assert.notMatch(checked.left.problem, /unknown|unexpected/, argv.join(" "))
      }
    })
  }
})

/** How a command line of the page is answered by a person, and what becomes of it over a pipe. */
interface Typed {
  readonly answers?: (person: Person) => Effect.Effect<void>
  readonly stdin?: string
  /** Without a terminal it fails, and says this. */
  readonly wantsTerminal?: string
}

/** The command lines of the page about Anthropic, word for word. */
const typed: Readonly<Record<string, Typed>> = {
  "clawdbot onboard": {
    wantsTerminal: "--anthropic-api-key",
    answers: (person) =>
      Effect.gen(function* () {
        // Before it stands the login that was found on this machine.
        yield* person.sees("Anthropic API key")
        yield* person.types(`${keys.down}${keys.enter}`)
        yield* person.sees("Paste your Anthropic API key")
        yield* person.types(`${planted.apiKey}${keys.enter}`)
        yield* person.sees("Send a small test request")
        yield* person.types("n")
      })
  },
  "printenv ANTHROPIC_API_KEY | clawdbot onboard --anthropic-api-key -": {},
  "clawdbot onboard --auth-choice claude-cli": {},
  "claude setup-token": {},
  "clawdbot models auth setup-token --provider anthropic": {
    wantsTerminal: "clawdbot models auth paste-token --provider anthropic",
    answers: (person) =>
      Effect.gen(function* () {
        yield* person.sees("claude setup-token")
        yield* person.types("y")
        yield* person.sees("Paste your token")
        yield* person.types(`${planted.setupToken}${keys.enter}`)
      })
  },
  "clawdbot models auth paste-token --provider anthropic": {
    stdin: planted.setupToken,
    answers: (person) =>
      Effect.gen(function* () {
        yield* person.sees("Paste")
        yield* person.types(`${planted.setupToken}${keys.enter}`)
      })
  },
  "clawdbot models status": {},
  "clawdbot models status --json": {}
}

/** A home with a Claude Code login, and both commands on its PATH. */
const personsHome = Effect.map(home, (folder) => {
  const put = (name: string, content: string, mode: number) => {
    fs.mkdirSync(path.dirname(`${folder}/${name}`), { recursive: true })
    fs.writeFileSync(`${folder}/${name}`, content, { mode })
  }
  const login = {
    accessToken: planted.setupToken,
    refreshToken: "sk-ant-ort01-planted",
    expiresAt: 4_102_444_800_000
  }
  put(".claude/.credentials.json", JSON.stringify({ claudeAiOauth: login }), 0o600)
  put("bin/clawdbot", `#!/bin/sh\nexec "${process.execPath}" "${entry}" "$@"\n`, 0o755)
  put("bin/claude", "#!/bin/sh\necho 'a token is printed here'\n", 0o755)
  return { folder, variables: { PATH: `${folder}/bin:${process.env.PATH}` } }
})

describe("docs/anthropic.md, as it is written", () => {
  it("has the commands that are tried here, and no others", () => {
    assert.sameMembers([...shellLines("docs/anthropic.md")], Object.keys(typed))
  })

  const forLine = (line: string, variables: Readonly<Record<string, string>>) =>
    line.includes("ANTHROPIC_API_KEY")
      ? { ...variables, ANTHROPIC_API_KEY: planted.apiKey }
      : variables

  /** The terminal shows what a shell makes of a line: only what else one has needs it here. */
  const piped = (
    folder: string,
    line: string,
    variables: Readonly<Record<string, string>>,
    stdin: string
  ) => {
    const [program, ...argv] = line.split(" ")
    if (program === "clawdbot") return runWhole(folder, argv, { variables, stdin })
    return Effect.sync(() =>
      spawnSync("bash", ["-c", line], {
        cwd: folder,
        input: stdin,
        env: { HOME: folder, ...variables },
        encoding: "utf8",
        timeout: 20_000
      })
    )
  }

  for (const [line, { answers, stdin, wantsTerminal }] of Object.entries(typed)) {
    it.scopedLive(`${line}: in a terminal`, () =>
      Effect.gen(function* () {
        const { folder, variables } = yield* personsHome
        const person = yield* programAtTerminal(
          "bash",
          folder,
          ["-c", line],
          forLine(line, variables)
        )
        if (answers !== undefined) yield* answers(person)
        assert.strictEqual(yield* person.ended, 0, person.screen())
        assert.notInclude(person.screen(), planted.apiKey.slice(13, 60))
        assert.notInclude(person.screen(), planted.setupToken.slice(13, 60))
      })
    )

    it.scopedLive(`${line}: over a pipe`, () =>
      Effect.gen(function* () {
        const { folder, variables } = yield* personsHome
        const { status, stderr, stdout } = yield* piped(
          folder,
          line,
          forLine(line, variables),
          stdin ?? ""
        )
        if (wantsTerminal === undefined) assert.strictEqual(status, 0, stderr)
        else {
          assert.include([1, 2], status)
          assert.include(stderr, wantsTerminal)
          assert.isFalse(fs.existsSync(`${folder}/.clawdbot/agents`))
        }
        assert.notInclude(stdout + stderr, planted.apiKey.slice(13, 60))
        assert.notInclude(stdout + stderr, planted.setupToken.slice(13, 60))
      })
    )
  }
})
