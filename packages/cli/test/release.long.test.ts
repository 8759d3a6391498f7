/** Making a release: everything but the publishing, and every reason not to publish. */
import { spawn } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { home, toEnd } from "./clawdbot.ts"
import { releaseTools } from "./releaseTools.ts"

const root = fileURLToPath(new URL("../../../", import.meta.url))

const run = (cwd: string, command: string, ...args: ReadonlyArray<string>) =>
  toEnd(() => spawn(command, args, { cwd }))

const json = (file: string) => JSON.parse(fs.readFileSync(file, "utf8"))

describe("scripts/release --dry-run", () => {
  it.scopedLive(
    "packs, checks, lists what is inside and sums it up; publishes nothing",
    (context) =>
      Effect.gen(function* () {
        const why = yield* releaseTools
        if (why !== undefined) return context.skip(why)
        const out = path.join(yield* home, "release")
        const done = yield* run(root, "./scripts/release", "--dry-run", "--out", out)
        assert.strictEqual(done.status, 0, done.stderr)
        const { version } = json(`${root}/packages/cli/package.json`)
        const names = fs.readdirSync(out)
        for (const of of ["", "-domain", "-node", "-platform", "-http", "-testing", "-fetch"])
          for (const name of [`clawdbot${of}-${version}.tgz`, `clawdbot${of}-${version}.cdx.json`])
            assert.include(names, name)
        const sums = yield* run(out, "sha256sum", "--check", "--strict", "SHA256SUMS")
        assert.strictEqual(sums.status, 0, sums.stdout)
        assert.strictEqual(sums.stdout.trim().split("\n").length, names.length - 1)

        const bill = json(`${out}/clawdbot-${version}.cdx.json`)
        assert.strictEqual(bill.bomFormat, "CycloneDX")
        assert.match(bill.serialNumber, /^urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
        const purls: ReadonlyArray<string> = bill.components.map(
          ({ purl }: { readonly purl: string }) => purl
        )
        // The same packages as those whose licences go with the command.
        const notices = fs.readFileSync(
          `${root}/packages/cli/dist/third-party-licenses.txt`,
          "utf8"
        )
        const noticed = [...notices.matchAll(/^=+\n(\S+) (\S+) \(/gm)].map(
          ([, name = "", version]) => `pkg:npm/${name.replace("@", "%40")}@${version}`
        )
        assert.sameMembers([...purls], noticed)
        assert.include(done.stdout, `publint  clawdbot-${version}.tgz: nothing to report`)
        // Two forms of modules, with types for each.
        assert.include(
          done.stdout,
          `attw     clawdbot-fetch-${version}.tgz: types are found (node16)`
        )
        assert.match(done.stdout, /^would {4}npm publish --provenance --access public \S+\.tgz$/m)
        assert.include(done.stdout, "Nothing was published.")

        const other = yield* home
        fs.writeFileSync(`${other}/mine.txt`, "mine")
        const refused = yield* run(root, "./scripts/release", "--dry-run", "--out", other)
        assert.strictEqual(refused.status, 1)
        assert.deepStrictEqual(fs.readdirSync(other), ["mine.txt"])
      }),
    600_000
  )
})

/** The name of a note for the next release. */
const note = "clear-sky"

/** A clone of the last commit, with what is installed here. */
const clone = Effect.gen(function* () {
  const at = `${yield* home}/clone`
  const cloned = yield* run(root, "git", "clone", "-q", "--no-tags", root, at)
  assert.strictEqual(cloned.status, 0, cloned.stderr)
  for (const folder of ["", "scripts/releasing/"])
    fs.symlinkSync(`${root}/${folder}node_modules`, `${at}/${folder}node_modules`)
  return at
})

describe("scripts/release", () => {
  it.scopedLive(
    "publishes nothing that is not ready, and says why",
    (context) =>
      Effect.gen(function* () {
        const why = yield* releaseTools
        if (why !== undefined) return context.skip(why)
        const at = yield* clone
        fs.writeFileSync(`${at}/.changeset/${note}.md`, `---\n"clawdbot": patch\n---\n\nA note.\n`)
        const done = yield* run(at, "./scripts/release")
        assert.strictEqual(done.status, 1, done.stdout)
        for (const why of ["not committed", note, "no tag v", "no repository"])
          assert.include(done.stderr, why)
        assert.isFalse(fs.existsSync(`${at}/.cache/release`))
      }),
    120_000
  )

  it.scopedLive(
    "version gives every package the same next version, and the list of changes the note",
    (context) =>
      Effect.gen(function* () {
        const why = yield* releaseTools
        if (why !== undefined) return context.skip(why)
        const at = yield* clone
        // Notes that wait for a version already.
        for (const name of fs.readdirSync(`${at}/.changeset`))
          if (name.endsWith(".md") && name !== "README.md") fs.rmSync(`${at}/.changeset/${name}`)
        const before = json(`${at}/packages/cli/package.json`).version
        fs.writeFileSync(
          `${at}/.changeset/${note}.md`,
          `---\n"clawdbot": minor\n---\n\nStatus shows more.\n`
        )
        const done = yield* run(at, "./scripts/release", "version")
        assert.strictEqual(done.status, 0, done.stderr)
        const [major, minor] = before.split(".").map(Number)
        const next = `${major}.${minor + 1}.0`
        for (const name of fs.readdirSync(`${at}/packages`)) {
          const manifest = json(`${at}/packages/${name}/package.json`)
          assert.strictEqual(manifest.version, next, name)
          for (const [dependency, wanted] of Object.entries({
            ...manifest.dependencies,
            ...manifest.devDependencies
          }))
            if (dependency.startsWith("@clawdbot/")) assert.strictEqual(wanted, next, name)
        }
        const changes = fs.readFileSync(`${at}/packages/cli/CHANGELOG.md`, "utf8")
        assert.include(
          changes,
          `## ${next}\n\n### Minor Changes\n\n- Status shows more.\n\n## ${before}`
        )
        assert.isFalse(fs.existsSync(`${at}/.changeset/${note}.md`))
        const lock = json(`${at}/package-lock.json`)
        assert.strictEqual(lock.packages["packages/cli"].version, next)
      }),
    120_000
  )
})
