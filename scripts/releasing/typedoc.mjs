// How the pages about public modules are made. What has no words, or words that lead nowhere, is an
// error; nothing on the pages comes from another site.
import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { publicModules } from "./publicModules.mjs"

const root = fileURLToPath(new URL("../../", import.meta.url))

/** The name by which a module is imported. */
const importName = (file) => {
  // An index is named by its folder.
  const [, folder, module] = /^(packages\/[^/]+)\/src(?:\/(.*))?$/.exec(file)
  const { name } = JSON.parse(readFileSync(`${root}${folder}/package.json`, "utf8"))
  return module === undefined ? name : `${name}/${module}`
}

/** Modules by the names that people write, and what is missing in words of what they export. */
const plugin = (app) => {
  app.converter.on("resolveBegin", ({ project }) => {
    for (const module of project.children ?? []) module.name = importName(module.name)
  })
  app.converter.on("resolveEnd", ({ project }) => {
    for (const module of project.children ?? [])
      for (const { comment, name, signatures } of module.children ?? []) {
        const { blockTags = [] } = comment ?? signatures?.[0]?.comment ?? {}
        for (const tag of ["@since", "@category"])
          if (!blockTags.some((block) => block.tag === tag))
            app.logger.error(`${module.name}: ${name} has no ${tag}`)
      }
  })
}

/** @type {Partial<import("typedoc").TypeDocOptions>} */
export default {
  name: "clawdbot",
  plugin: [plugin],
  hideGenerator: true,
  basePath: root,
  entryPoints: publicModules().map((file) => `${root}${file}`),
  tsconfig: `${root}scripts/releasing/tsconfig.api.json`,
  readme: "none",
  disableSources: true,
  disableGit: true,
  excludePrivate: true,
  // What an error or a service has from Effect is in Effect's own pages.
  excludeExternals: true,
  requiredToBeDocumented: ["Module", "Class", "Interface", "TypeAlias", "Function", "Variable"],
  githubPages: false,
  validation: { notExported: false, invalidLink: true, notDocumented: true },
  treatValidationWarningsAsErrors: true,
  logLevel: "Warn"
}
