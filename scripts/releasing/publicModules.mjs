// The modules that people import: those at the top of a package whose first comment says since when
// there is such a module.
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"

/** Their files, from the project's folder. */
export const publicModules = (root) =>
  readdirSync(join(root, "packages"))
    .flatMap((name) => {
      const folder = `packages/${name}/src`
      return readdirSync(join(root, folder))
        .filter((file) => file.endsWith(".ts"))
        .map((file) => `${folder}/${file}`)
    })
    .filter((file) => {
      const [comment = ""] = /^\/\*\*.*?\*\//s.exec(readFileSync(join(root, file), "utf8")) ?? []
      return comment.includes("@since")
    })
    .sort()
