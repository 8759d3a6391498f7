// Builds and packs what is published, checks it as strangers meet it, and publishes it or says how.
//   node scripts/releasing/main.mjs OUT [--dry-run]
import { execFileSync, spawnSync } from "node:child_process"
import { createHash } from "node:crypto"
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join, resolve } from "node:path"
import { fileURLToPath } from "node:url"
import { billOfMaterials } from "./billOfMaterials.mjs"
import { stage } from "./libraries.mjs"
import { command, obstacles, pendingNotes } from "./workspace.mjs"

const root = fileURLToPath(new URL("../..", import.meta.url))
const tools = fileURLToPath(new URL("./node_modules/.bin/", import.meta.url))
const isDryRun = process.argv.includes("--dry-run")
const out = resolve(process.argv[2])
const say = (line) => process.stdout.write(`${line}\n`)

const git = (...args) => execFileSync("git", args, { cwd: root, encoding: "utf8" }).trim()
const end = (lines) => {
  for (const line of lines) process.stderr.write(`${line}\n`)
  process.exit(1)
}

const run = (command, args, cwd = root) => {
  const done = spawnSync(command, args, { cwd, encoding: "utf8" })
  if (done.status !== 0) end([`${command} ${args.join(" ")}`, done.stdout, done.stderr])
  return done.stdout
}

const found = obstacles(root, {
  isClean: git("status", "--porcelain") === "",
  tags: git("tag", "--points-at", "HEAD").split("\n")
})
if (!isDryRun && found.length > 0)
  end(["This is not published:", ...found.map((why) => `- ${why}`)])
// A folder that holds something else is never emptied.
if (existsSync(out) && readdirSync(out).length > 0 && !existsSync(join(out, "SHA256SUMS")))
  end([`${out} holds something else than a release. Choose another folder with --out.`])

run("npm", ["run", "-s", "build"])
rmSync(out, { recursive: true, force: true })
mkdirSync(out, { recursive: true })
// The mark of a release. Filled last: without its sums it is none.
writeFileSync(join(out, "SHA256SUMS"), "")
const time = new Date(Number(git("log", "-1", "--format=%ct")) * 1_000).toISOString()
// Libraries are put together beside the release: of their folders only what is public is packed.
const json = (file) => JSON.parse(readFileSync(join(root, file), "utf8"))
const packages = [
  ...(await stage(root, join(root, ".cache/libraries"))),
  {
    folder: command,
    manifest: json(`${command}/package.json`),
    bundled: json(`${command}/dist/metafile.json`)
  }
]
const made = packages.map((one) => {
  const args = ["pack", "--json", "--pack-destination", out]
  const folder = resolve(root, one.folder)
  const [{ entryCount, filename, size }] = JSON.parse(run("npm", args, folder))
  say(`packed   ${filename}: ${entryCount} files, ${size} bytes`)
  return { ...one, tarball: join(out, filename), filename }
})

for (const { filename, manifest, tarball } of made) {
  run(join(tools, "publint"), ["run", tarball, "--strict"])
  say(`publint  ${filename}: nothing to report`)
  // A command has no types for anybody to import.
  if (manifest.exports !== undefined) {
    const profile = JSON.stringify(manifest.exports).includes('"require"') ? "node16" : "esm-only"
    run(join(tools, "attw"), [tarball, "--profile", profile])
    say(`attw     ${filename}: types are found (${profile})`)
  }
}

const own = new Map(made.map(({ manifest }) => [manifest.name, manifest]))
const written = made.flatMap((one) => {
  const name = one.filename.replace(/\.tgz$/, ".cdx.json")
  const bill = billOfMaterials(one, { own, root, time })
  writeFileSync(join(out, name), `${JSON.stringify(bill, null, 2)}\n`)
  say(`contents ${name}: ${bill.components.length} packages`)
  return [one.filename, name]
})
const sums = written.map((name) => {
  const digest = createHash("sha256")
    .update(readFileSync(join(out, name)))
    .digest("hex")
  return `${digest}  ${name}\n`
})
writeFileSync(join(out, "SHA256SUMS"), sums.join(""))
say(`sums     SHA256SUMS: ${sums.length} files`)

for (const { tarball } of made) {
  // Provenance: the registry shows which commit and which run of CI a package was built by.
  const args = ["publish", "--provenance", "--access", "public", tarball]
  if (isDryRun) say(`would    npm ${args.join(" ")}`)
  else run("npm", args)
}
if (isDryRun) {
  const notes = pendingNotes(root).length
  say(`Nothing was published. Notes that wait for a version: ${notes}.`)
  for (const why of found) say(`Before it is published: ${why}.`)
}
