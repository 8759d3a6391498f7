// What the script of short commands holds of what they import late. Most of it is left to the
// script of all commands, which is loaded for it when it is asked for: a module that is bundled as
// a late one makes esbuild wrap all that it imports, Effect among it, to be evaluated late.
import { readFileSync } from "node:fs"
import { dirname, join, relative, resolve } from "node:path"

/** What these commands nearly always need: part of their script, and loaded with it. */
const near = [
  "packages/cli/src/claudeCode/follow.ts",
  "packages/cli/src/refreshLogins.ts",
  "packages/cli/src/socketText.ts",
  "packages/cli/src/token/direct.ts",
  "packages/cli/src/token/fromGateway.ts",
  "packages/node/src/ClaudeCode/keychainLogin.ts"
]
const lateImport = /\bimport\("(?<id>\.[^"]+)"\)/g

/** What stands before the script: for the clock of the browser Node loads ten modules. */
export const shortBanner = "const performance={now:()=>Number(process.hrtime.bigint())/1e6};"

/** The plugins of esbuild, and once they ran, what the other script has to export for them. */
export const shortScript = (root) => {
  const late = new Set()
  const inlined = new Set()
  const fileOf = (path) => relative(root, path).replaceAll("\\", "/")
  const nearModules = {
    name: "near-modules",
    setup: ({ onLoad }) => {
      onLoad({ filter: /[/\\]packages[/\\][^/\\]+[/\\]src[/\\].*\.ts$/ }, ({ path }) => {
        const imports = []
        const source = readFileSync(path, "utf8").replace(lateImport, (whole, id) => {
          const file = fileOf(resolve(dirname(path), id))
          if (!near.includes(file)) return whole
          inlined.add(file)
          imports.push(`import * as near${imports.length} from "${id}";`)
          return `Promise.resolve(near${imports.length - 1})`
        })
        return imports.length === 0
          ? undefined
          : { contents: imports.join("") + source, loader: "ts" }
      })
    }
  }
  const lateModules = {
    name: "late-modules",
    setup: ({ onResolve, resolve: resolveAs }) => {
      onResolve({ filter: /^[.@]/ }, async ({ importer, kind, path, resolveDir }) => {
        if (kind !== "dynamic-import") return undefined
        const found = await resolveAs(path, { importer, kind: "import-statement", resolveDir })
        const file = fileOf(found.path)
        late.add(file)
        return { path: `late:${file}`, external: true }
      })
    }
  }
  return {
    plugins: [nearModules, lateModules],
    exportsOfLate: () => {
      // A file that has moved would be left to the other script, and every start would load both.
      const moved = near.filter((file) => !inlined.has(file))
      if (moved.length > 0) throw new Error(`nothing imports ${moved.join(", ")} late any more`)
      const entries = [...late]
        .sort()
        .map((file) => `${JSON.stringify(file)}: () => require("./${join(root, file)}")`)
      return `export const late = {${entries.join(",")}}`
    }
  }
}
