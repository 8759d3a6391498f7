// What a package consists of, as CycloneDX 1.6 (JSON). The same content gives the same document.
import { createHash } from "node:crypto"
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { bundledPackages } from "./bundledPackages.mjs"

/** A package URL: the scope's sign is written as `%40`. */
export const purl = ({ name, version }) => `pkg:npm/${name.replace("@", "%40")}@${version}`

const component = ({ license, name, version }) => ({
  type: "library",
  "bom-ref": purl({ name, version }),
  name,
  version,
  licenses: license === undefined ? [] : [{ license: { id: license } }],
  purl: purl({ name, version })
})

/** Where Node finds a dependency of a package in a folder. */
const manifestOf = (root, folder, name) => {
  for (const at of [join(root, folder), root]) {
    const file = join(at, "node_modules", name, "package.json")
    if (existsSync(file)) return JSON.parse(readFileSync(file, "utf8"))
  }
  throw new Error(`${folder}: ${name} is not installed`)
}

/** What is installed with a package: its dependencies, and theirs. */
const installed = (root, folder, manifest, found = new Map()) => {
  for (const name of Object.keys(manifest.dependencies ?? {})) {
    const of = manifestOf(root, folder, name)
    if (found.has(purl(of))) continue
    found.set(purl(of), of)
    installed(root, folder, of, found)
  }
  return [...found.values()]
}

/**
 * The bill of a published package: what is bundled in it where esbuild kept an account of that,
 * else what is installed with it; of a library both. `time` is that of the commit.
 */
export const billOfMaterials = ({ bundled, folder, manifest }, root, time) => {
  const account = join(root, folder, "dist/metafile.json")
  const isBundled = existsSync(account)
  const parts = () => {
    if (isBundled) return bundledPackages(JSON.parse(readFileSync(account, "utf8")), root)
    if (bundled === undefined) return installed(root, folder, manifest)
    const beside = Object.keys(manifest.dependencies).map((name) => manifestOf(root, "", name))
    return [...bundledPackages(bundled, root), ...beside]
  }
  const components = parts()
    .filter(({ name }) => !name.startsWith("@clawdbot/") || !isBundled)
    .map(component)
    .sort((one, other) => one.purl.localeCompare(other.purl))
  const subject = component(manifest)
  const digest = createHash("sha256")
    .update(JSON.stringify([subject, components]))
    .digest("hex")
  const uuid = digest.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*$/, "$1-$2-5$3-8$4-$5")
  return {
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    serialNumber: `urn:uuid:${uuid}`,
    version: 1,
    metadata: {
      timestamp: time,
      component: { ...subject, type: isBundled ? "application" : "library" }
    },
    components,
    dependencies: [{ ref: subject.purl, dependsOn: components.map(({ purl }) => purl) }]
  }
}
