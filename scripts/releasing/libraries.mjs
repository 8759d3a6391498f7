// What is published of the libraries, and under which names: the one place where they stand. A
// library is built from its public modules: everything else of this project is in its own files,
// which cannot be imported from outside, and packages of others are named as dependencies.
import { execFileSync } from "node:child_process"
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { dirname, join, relative, resolve } from "node:path"
import { fileURLToPath } from "node:url"
import { build } from "esbuild"
import { dashboardFiles } from "../dashboardFiles.mjs"
import { bundledPackages, notices } from "./bundledPackages.mjs"

const effect = "^3.22.0"
const platform = "^0.97.0"

/**
 * By the folder in `packages`: the name it is published under, its public modules, what whoever
 * installs it brings along (`peers`; `optionalPeers` for modules in folders alone), what comes with
 * it (`dependencies`), and whether CommonJS can load it.
 */
export const libraries = {
  domain: {
    name: "@clawdbot/domain",
    modules: ["Credentials", "Credential", "CredentialError"],
    peers: { effect },
    dependencies: []
  },
  node: {
    name: "@clawdbot/node",
    modules: ["MachineCredentials"],
    peers: { effect },
    dependencies: ["@clawdbot/domain", "undici"]
  },
  platform: {
    name: "@clawdbot/platform",
    modules: ["ClaudeHttpClient"],
    peers: { effect, "@effect/platform": platform },
    dependencies: ["@clawdbot/domain"]
  },
  http: {
    name: "@clawdbot/http",
    modules: ["Gateway"],
    peers: { effect, "@effect/platform": platform },
    dependencies: ["undici"]
  },
  testing: {
    name: "@clawdbot/testing",
    modules: ["TestCredentials", "TestAnthropic", "contracts/Credentials"],
    peers: { effect, "@effect/platform": platform },
    optionalPeers: { "@effect/vitest": "^0.30.0" },
    dependencies: ["@clawdbot/domain"]
  },
  fetch: {
    name: "@clawdbot/fetch",
    modules: ["index"],
    peers: {},
    dependencies: ["undici"],
    commonJs: true
  }
}

/** Modules that stand for one that is public: everything they have is in it. */
const sameAs = { "domain/Auth/credentialFailures": "domain/CredentialError" }

const json = (file) => JSON.parse(readFileSync(file, "utf8"))

/** The published specifier of a module such as `domain/Credentials`, where it has one. */
const publicSpecifier = (module, from) => {
  const named = sameAs[module] ?? module
  const [folder, ...rest] = named.split("/")
  const library = libraries[folder]
  const name = rest.join("/")
  // A library that needs nothing of others holds a copy of all it uses.
  const { name: needed } = library ?? {}
  if (folder === from || !libraries[from].dependencies.includes(needed)) return undefined
  if (!library.modules.includes(name)) return undefined
  return name === "index" ? library.name : `${library.name}/${name}`
}

/** A module such as `domain/Auth/carry`, from a file of `src` or `dist`. */
const moduleOf = (root, file) => {
  const match = /^packages\/([^/]+)\/(?:src|dist)\/(.+?)(?:\.d)?\.[jt]s$/.exec(
    relative(root, file).replaceAll("\\", "/")
  )
  return match === null ? undefined : `${match[1]}/${match[2]}`
}

/** The module that a specifier of this project means, seen from a file; undefined for others'. */
const meantBy = (root, specifier, importer) => {
  const own = /^@clawdbot\/([^/]+)(?:\/(.+))?$/.exec(specifier)
  if (own !== null) return `${own[1]}/${own[2] ?? "index"}`
  if (!specifier.startsWith(".")) return undefined
  return moduleOf(root, resolve(dirname(importer), specifier.replace(/\.js$/, ".ts")))
}

const isOf = (specifier, names) =>
  names.some((name) => specifier === name || specifier.startsWith(`${name}/`))

/** Leaves out what is installed beside, and takes everything else in. */
const boundaries = (root, folder) => ({
  name: "boundaries",
  setup: ({ onResolve }) =>
    onResolve({ filter: /.*/ }, ({ importer, kind, path }) => {
      if (kind === "entry-point") return undefined
      const module = meantBy(root, path, importer)
      if (module === undefined) {
        const { dependencies, optionalPeers = {}, peers } = libraries[folder]
        const others = [...Object.keys({ ...peers, ...optionalPeers }), ...dependencies]
        if (isOf(path, others)) return { path, external: true }
        return undefined
      }
      const specifier = publicSpecifier(module, folder)
      if (specifier === undefined) return undefined
      return { path: specifier, external: true }
    })
})

const versionOf = (root, folder) => json(join(root, "packages", folder, "package.json")).version

const codeOf = async (root, folder, out, format) => {
  const { modules } = libraries[folder]
  const isEsm = format === "esm"
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: Object.fromEntries(
      modules.map((module) => [module, `packages/${folder}/src/${module}.ts`])
    ),
    outdir: join(out, "dist"),
    outExtension: { ".js": isEsm ? ".js" : ".cjs" },
    chunkNames: "internal/[name]-[hash]",
    bundle: true,
    splitting: isEsm,
    format,
    platform: "node",
    target: "node20",
    conditions: ["source"],
    legalComments: "none",
    metafile: true,
    logLevel: "warning",
    define: { __CLAWDBOT_VERSION__: JSON.stringify(versionOf(root, folder)) },
    plugins: [boundaries(root, folder), dashboardFiles(root, true)]
  })
  return metafile
}

/** The public types, with those they are made of: what is internal is copied, and found beside. */
const typesOf = (root, folder, out) => {
  const fileOf = (module) => {
    const [of, ...rest] = module.split("/")
    return join(root, "packages", of, "dist", `${rest.join("/")}.d.ts`)
  }
  const placeOf = (module) => {
    const [of, ...rest] = module.split("/")
    const name = rest.join("/")
    if (of === folder && libraries[folder].modules.includes(name)) return `${name}.d.ts`
    return `internal/types/${module}.d.ts`
  }
  const copied = new Set()
  const copy = (module) => {
    if (copied.has(module)) return
    copied.add(module)
    const file = fileOf(module)
    const place = placeOf(module)
    const moved = (all, word, specifier) => {
      const meant = meantBy(root, specifier, file)
      if (meant === undefined) return all
      const external = publicSpecifier(meant, folder)
      if (external !== undefined) return `${word}"${external}"`
      copy(meant)
      const to = relative(dirname(place), placeOf(meant)).replaceAll("\\", "/")
      const path = to.startsWith(".") ? to : `./${to}`
      return `${word}"${path.replace(/\.d\.ts$/, ".js")}"`
    }
    const text = readFileSync(file, "utf8")
      .split("\n")
      .filter((line) => !line.startsWith("//# sourceMappingURL="))
      // Examples in comments are for readers.
      .map((line) => {
        if (/^\s*\*/.test(line)) return line
        return line.replace(/(from |import\()"([^"]+)"/g, moved)
      })
      .join("\n")
    const target = join(out, "dist", place)
    mkdirSync(dirname(target), { recursive: true })
    writeFileSync(target, text)
  }
  for (const module of libraries[folder].modules) copy(`${folder}/${module}`)
}

const withIndex = (folder, out) => {
  const { modules } = libraries[folder]
  if (modules.includes("index")) return
  // What stands in a folder needs more than the rest, and is imported by itself.
  const main = modules.filter((module) => !module.includes("/"))
  const text = main.map((module) => `export * as ${module} from "./${module}.js"\n`).join("")
  writeFileSync(join(out, "dist/index.js"), text)
  writeFileSync(join(out, "dist/index.d.ts"), text)
}

/** What is imported, and by whom: `types` first, as resolvers want it. */
const exportOf = (module, commonJs) => {
  const esm = { types: `./dist/${module}.d.ts`, default: `./dist/${module}.js` }
  if (commonJs !== true) return esm
  const cjs = { types: `./dist/${module}.d.cts`, default: `./dist/${module}.cjs` }
  return { import: esm, require: cjs }
}

const manifestOf = (root, folder) => {
  const { commonJs, dependencies, modules, name, optionalPeers = {}, peers } = libraries[folder]
  const { description, license, version } = json(join(root, "packages", folder, "package.json"))
  const versions = {
    ...json(join(root, "packages/node/package.json")).dependencies,
    ...Object.fromEntries(Object.values(libraries).map((library) => [library.name, version]))
  }
  const { repository } = json(join(root, "package.json"))
  return {
    name,
    version,
    description,
    keywords: ["anthropic", "claude", "credentials", "failover", "effect"],
    license,
    repository,
    type: "module",
    sideEffects: false,
    engines: { node: ">=20.19.0" },
    main: commonJs === true ? "./dist/index.cjs" : undefined,
    types: commonJs === true ? "./dist/index.d.cts" : undefined,
    exports: {
      ".": exportOf("index", commonJs),
      ...Object.fromEntries(
        modules
          .filter((module) => module !== "index")
          .map((module) => [`./${module}`, exportOf(module, commonJs)])
      ),
      "./package.json": "./package.json",
      "./internal/*": null
    },
    files: ["dist", "CHANGELOG.md", "third-party-licenses.txt"],
    dependencies: Object.fromEntries(dependencies.map((of) => [of, versions[of]])),
    peerDependencies: { ...peers, ...optionalPeers },
    peerDependenciesMeta: Object.fromEntries(
      Object.keys(optionalPeers).map((peer) => [peer, { optional: true }])
    )
  }
}

/**
 * Puts what is published of every library into a folder of its own below `out`: from there it is
 * packed. Types come from `packages/*\/dist`, so these are built before. `bundled` is esbuild's
 * account of what is in it.
 */
export const stage = async (root, out) => {
  rmSync(out, { recursive: true, force: true })
  const staged = []
  for (const folder of Object.keys(libraries)) {
    const to = join(out, folder)
    mkdirSync(to, { recursive: true })
    const metafile = await codeOf(root, folder, to, "esm")
    typesOf(root, folder, to)
    withIndex(folder, to)
    if (libraries[folder].commonJs === true) {
      await codeOf(root, folder, to, "cjs")
      cpSync(join(to, "dist/index.d.ts"), join(to, "dist/index.d.cts"))
    }
    const manifest = manifestOf(root, folder)
    writeFileSync(join(to, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`)
    for (const file of ["README.md", "CHANGELOG.md"])
      if (existsSync(join(root, "packages", folder, file)))
        cpSync(join(root, "packages", folder, file), join(to, file))
    cpSync(join(root, "LICENSE"), join(to, "LICENSE"))
    const packages = bundledPackages(metafile, root)
    if (packages.length > 0)
      writeFileSync(join(to, "third-party-licenses.txt"), `${notices(packages, manifest.name)}\n`)
    staged.push({ folder: to, manifest, bundled: metafile })
  }
  return staged
}

/** Packs what was staged; gives the tarballs by name. */
export const pack = (staged, out) => {
  mkdirSync(out, { recursive: true })
  return Object.fromEntries(
    staged.map(({ folder, manifest }) => {
      const args = ["pack", "--json", "--pack-destination", out]
      const said = execFileSync("npm", args, { cwd: folder, encoding: "utf8" })
      return [manifest.name, join(out, JSON.parse(said)[0].filename)]
    })
  )
}

// node scripts/releasing/libraries.mjs OUT: packs all of them, and prints the tarballs by name.
if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const root = fileURLToPath(new URL("../..", import.meta.url))
  const out = resolve(process.argv[2])
  console.log(JSON.stringify(pack(await stage(root, join(out, "staged")), out)))
}
