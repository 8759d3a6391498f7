// What is published of this project, and what is known of a release of it.
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { libraries } from "./libraries.mjs"

const json = (file) => JSON.parse(readFileSync(file, "utf8"))

/** The folder of the command. */
export const command = "packages/cli"

/** The folders of the packages that are published, in the order in which they need each other. */
const published = [...Object.keys(libraries).map((folder) => `packages/${folder}`), command]

/** The notes that wait for a version. */
export const pendingNotes = (root) => {
  const folder = join(root, ".changeset")
  if (!existsSync(folder)) return []
  return readdirSync(folder).filter((name) => name.endsWith(".md") && name !== "README.md")
}

/**
 * Why a release must not be published as it is, one sentence each. `git` says what the repository
 * is at: `isClean`, and the tags of the commit.
 */
export const obstacles = (root, git) => {
  const found = []
  if (!git.isClean) found.push("the working tree has changes that are not committed")
  const notes = pendingNotes(root)
  if (notes.length > 0)
    found.push(`notes wait for a version (${notes.join(", ")}); run ./scripts/release version`)
  const { version } = json(join(root, command, "package.json"))
  if (!git.tags.includes(`v${version}`)) found.push(`the commit has no tag v${version}`)
  for (const folder of published) {
    const own = json(join(root, folder, "package.json")).version
    if (own !== version) found.push(`${folder} has version ${own}, and the command ${version}`)
    const changes = join(root, folder, "CHANGELOG.md")
    if (!existsSync(changes) || !readFileSync(changes, "utf8").includes(`## ${version}`))
      found.push(`${folder}/CHANGELOG.md says nothing of ${version}`)
  }
  if (json(join(root, "package.json")).repository === undefined)
    found.push("package.json names no repository, which provenance is compared with")
  return found
}
