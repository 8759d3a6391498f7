// Bundles the command into packages/cli/dist: clawdbot.cjs, which people start, and the two scripts
// it runs, one of all commands and one of those that are called again and again, with their
// compiled code beside them.
import { execFileSync } from "node:child_process"
import { createHash } from "node:crypto"
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync
} from "node:fs"
import { build } from "esbuild"
import { dashboardFiles, pageFolder, pageNames } from "./dashboardFiles.mjs"
import { leftOut } from "./leftOut.mjs"
import { bundledPackages, notices } from "./releasing/bundledPackages.mjs"
import { shortBanner, shortScript } from "./shortScript.mjs"

const dist = "packages/cli/dist"
const manifest = JSON.parse(readFileSync("packages/cli/package.json", "utf8"))
/** The commit that is built; a tarball has none. */
const commit = () => {
  try {
    const options = { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }
    return execFileSync("git", ["rev-parse", "--short=9", "HEAD"], options).trim()
  } catch {
    return ""
  }
}
const built = process.env.CLAWDBOT_COMMIT ?? commit()
const version = built === "" ? manifest.version : `${manifest.version} (${built})`
const common = {
  write: false,
  bundle: true,
  platform: "node",
  target: "node20",
  minify: process.env.CLAWDBOT_READABLE !== "1",
  legalComments: "none",
  conditions: ["source"],
  logLevel: "warning"
}
/** Whole at once: a command may be started at any moment. */
const put = (name, content) => {
  writeFileSync(`${dist}/${name}.new`, content)
  renameSync(`${dist}/${name}.new`, `${dist}/${name}`)
}

/**
 * Nothing that goes wrong while the modules load has a trace worth reading. Effect looks at one to
 * see whether its calls are inlined, for which V8 parses the script anew to find its lines: some
 * 5 ms of each start.
 */
const quietly = "const stackTraceLimit=Error.stackTraceLimit;Error.stackTraceLimit=0;"

const asScript = {
  ...common,
  metafile: true,
  format: "cjs",
  // Compiled code that was kept cannot import(); what is imported late is required late instead.
  supported: { "dynamic-import": false },
  define: { __CLAWDBOT_VERSION__: JSON.stringify(version) },
  banner: { js: `(function(require,exports){const module={exports};${quietly}` },
  footer: { js: "Error.stackTraceLimit=stackTraceLimit;return module.exports})" }
}
const plugins = [dashboardFiles(".", common.minify), ...leftOut]

const brief = shortScript(".")
const short = await build({
  ...asScript,
  entryPoints: ["packages/cli/src/short.ts"],
  // Effect's logger looks for a terminal there as it loads, which makes Node open the stream. What
  // writes to one names it in another way (`start/standardOutput.ts`).
  define: { ...asScript.define, "process.stdout": "undefined" },
  banner: { js: asScript.banner.js + shortBanner },
  plugins: [...brief.plugins, ...plugins]
})
const command = await build({
  ...asScript,
  stdin: {
    contents: `export { main } from "./packages/cli/src/cli.ts"\n${brief.exportsOfLate()}`,
    resolveDir: ".",
    loader: "ts"
  },
  plugins
})
const scripts = { ".short.cjs": short, ".cjs": command }
const textOf = ({ outputFiles }) => outputFiles[0].contents
// Named by what is in them: compiled code never meets another script, and a command that is being
// started still finds its own.
const hash = createHash("sha256")
for (const script of Object.values(scripts)) hash.update(textOf(script))
const name = `command-${hash.digest("hex").slice(0, 12)}`
mkdirSync(dist, { recursive: true })
for (const [ending, script] of Object.entries(scripts)) put(`${name}${ending}`, textOf(script))
put("metafile.json", JSON.stringify(command.metafile))
put("third-party-licenses.txt", `${notices(bundledPackages(command.metafile, "."))}\n`)
// The kinds of `packages/cli/src/start/kinds.ts`, each with the ending of its script.
const kinds = { short: ".short.cjs", command: ".cjs", gateway: ".cjs" }
for (const [kind, ending] of Object.entries(kinds)) {
  const files = [`${dist}/${name}${ending}`, kind, `${dist}/${name}.${kind}.cache`]
  // Written as to another program, so that what writes there is compiled too.
  const output = kind === "gateway" ? "ignore" : "pipe"
  execFileSync(process.execPath, ["scripts/compile.mjs", ...files], {
    stdio: ["ignore", output, "inherit"]
  })
}

// For an ES module, Node loads its loader of them, a tenth of a bare start: people start the other.
// Services and scripts of earlier versions name this one.
const ofCommonJs = { "import.meta.dirname": "__dirname", "import.meta.filename": "__filename" }
const entries = { "clawdbot.cjs": ["cjs", ofCommonJs], "clawdbot.mjs": ["esm", {}] }
for (const [file, [format, ofFormat]] of Object.entries(entries)) {
  const entry = await build({
    ...common,
    entryPoints: ["packages/cli/src/main.ts"],
    format,
    define: {
      ...ofFormat,
      __CLAWDBOT_VERSION__: JSON.stringify(version),
      __CLAWDBOT_COMMAND__: JSON.stringify(name),
      __CLAWDBOT_NODE__: JSON.stringify(`${process.version}-${process.arch}`)
    }
  })
  put(file, entry.outputFiles[0].contents)
  chmodSync(`${dist}/${file}`, 0o755)
}
const manual = [`${dist}/clawdbot.cjs`, "__man"]
put("clawdbot.1", execFileSync(process.execPath, manual, { env: { HOME: "/" } }))
rmSync(`${dist}/chunks`, { recursive: true, force: true })
const current = [
  ...Object.keys(scripts).map((ending) => `${name}${ending}`),
  ...Object.keys(kinds).map((kind) => `${name}.${kind}.cache`)
]
for (const old of readdirSync(dist)) {
  if (/^command-\w+\.[\w.]*(cjs|cache)/.test(old) && !current.includes(old))
    rmSync(`${dist}/${old}`, { force: true })
}
// The gateway as a library reads them beside its own code, which the compiler leaves out.
const copies = "packages/http/dist/dashboard/page"
mkdirSync(copies, { recursive: true })
for (const file of pageNames(".")) copyFileSync(`${pageFolder}/${file}`, `${copies}/${file}`)
// The workspace's own command, which npm links only where there is something to link to.
const bin = "node_modules/.bin/clawdbot"
if (existsSync("node_modules/.bin") && !existsSync(bin)) {
  rmSync(bin, { force: true })
  symlinkSync("../../packages/cli/dist/clawdbot.cjs", bin)
}
