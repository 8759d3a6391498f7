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

/** What is known of a dependency: of our own what is published, of others what is installed. */
const manifestOf = (root, own, name) => {
  const published = own.get(name)
  if (published !== undefined) return published
  const file = join(root, "node_modules", name, "package.json")
  if (existsSync(file)) return JSON.parse(readFileSync(file, "utf8"))
  throw new Error(`${name} is not installed`)
}

/** What comes with a package: its dependencies, and theirs. */
const installed = (root, own, { dependencies = {} }, found = new Map()) => {
  for (const name of Object.keys(dependencies)) {
    const of = manifestOf(root, own, name)
    if (found.has(purl(of))) continue
    found.set(purl(of), of)
    installed(root, own, of, found)
  }
  return [...found.values()]
}

/**
 * The bill of a published package: what is bundled in it, by esbuild's account, and what comes with
 * it. `own` has the manifests of all that is published, by name; `time` is that of the commit.
 */
export const billOfMaterials = ({ bundled, manifest }, { own, root, time }) => {
  const parts = [...bundledPackages(bundled, root), ...installed(root, own, manifest)]
  const components = [...new Map(parts.map((part) => [purl(part), component(part)])).values()].sort(
    (one, other) => one.purl.localeCompare(other.purl)
  )
  const type = manifest.bin === undefined ? "library" : "application"
  const subject = { ...component(manifest), type }
  const digest = createHash("sha256")
    .update(JSON.stringify([subject, components]))
    .digest("hex")
  const uuid = digest.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*$/, "$1-$2-5$3-8$4-$5")
  return {
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    serialNumber: `urn:uuid:${uuid}`,
    version: 1,
    metadata: { timestamp: time, component: subject },
    components,
    dependencies: [{ ref: subject.purl, dependsOn: components.map(({ purl }) => purl) }]
  }
}
