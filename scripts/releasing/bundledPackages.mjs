// Which packages of others the bundled command holds: for the notices that go with it, and for its
// bill of materials.
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"

/** The folder of the package that a file of a bundle belongs to, or undefined. */
const folderOf = (file) => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1]

const isLicence = (name) => /^(licen[sc]e|copying|notice)/i.test(name)

/**
 * The packages of esbuild's account of a bundle, by name and version. `text` is what their authors
 * want to go with every copy.
 */
export const bundledPackages = (metafile, root) => {
  const used = Object.values(metafile.outputs).flatMap(({ inputs }) =>
    Object.entries(inputs).flatMap(([file, { bytesInOutput }]) => (bytesInOutput > 0 ? [file] : []))
  )
  const folders = [...new Set(used.flatMap((file) => folderOf(file) ?? []))]
  return folders
    .map((folder) => {
      const manifest = JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8"))
      const { license, name, version } = manifest
      const texts = readdirSync(join(root, folder))
        .filter(isLicence)
        .map((file) => readFileSync(join(root, folder, file), "utf8").trim())
      return { name, version, license, text: texts.join("\n\n") }
    })
    .sort((one, other) =>
      `${one.name} ${one.version}`.localeCompare(`${other.name} ${other.version}`)
    )
}

/** The notices as one text. */
export const notices = (packages, name = "clawdbot") =>
  [
    `${name} contains code of the following packages.`,
    ...packages.map(
      ({ license, name, text, version }) =>
        `${"=".repeat(80)}\n${name} ${version} (${license})\n\n${text}`
    )
  ].join("\n\n")
