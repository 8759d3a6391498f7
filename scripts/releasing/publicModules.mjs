// The files of the modules that people import.
import { libraries } from "./libraries.mjs"

/** From the project's folder. */
export const publicModules = () =>
  Object.entries(libraries).flatMap(([folder, { modules }]) =>
    modules.map((module) => `packages/${folder}/src/${module}.ts`)
  )
