// The packages of this project, and what is known of a release of them.
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"

const json = (file) => JSON.parse(readFileSync(file, "utf8"))

/** The packages that are published, in the order in which they need each other. */
export const published = (root) =>
  json(join(root, "package.json"))
    .workspaces.map((folder) => ({ folder, manifest: json(join(root, folder, "package.json")) }))
    .filter(({ manifest }) => manifest.private !== true)

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
  const packages = published(root)
  const versions = [...new Set(packages.map(({ manifest }) => manifest.version))]
  const found = []
  if (!git.isClean) found.push("the working tree has changes that are not committed")
  const notes = pendingNotes(root)
  if (notes.length > 0)
    found.push(`notes wait for a version (${notes.join(", ")}); run ./scripts/release version`)
  if (versions.length > 1) found.push(`the packages have several versions: ${versions.join(", ")}`)
  if (!git.tags.includes(`v${versions[0]}`)) found.push(`the commit has no tag v${versions[0]}`)
  for (const { folder, manifest } of packages) {
    const changes = join(root, folder, "CHANGELOG.md")
    if (!existsSync(changes) || !readFileSync(changes, "utf8").includes(`## ${manifest.version}`))
      found.push(`${folder}/CHANGELOG.md says nothing of ${manifest.version}`)
    if (manifest.repository === undefined)
      found.push(`${folder}/package.json names no repository, which provenance is compared with`)
  }
  return found
}
