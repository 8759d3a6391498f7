// The sources with all their mutants in them, and the tests, as one script.
import { readFileSync } from "node:fs"
import { createRequire } from "node:module"
import { dirname, resolve } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"
import { Instrumenter } from "@stryker-mutator/instrumenter"
import { strykerPlugins } from "../ignoreWords.mjs"

const root = fileURLToPath(new URL("../../../", import.meta.url))
const require = createRequire(`${root}package.json`)
const ours = fileURLToPath(new URL("vitest.mjs", import.meta.url))

const silent = () => {}
const logger = { debug: silent, info: silent, isDebugEnabled: () => false }

/** The same mutants that Stryker makes, each in the place where `activeMutant` turns it on. */
const instrument = async (sources) => {
  const options = { plugins: null, excludedMutations: [], noHeader: false }
  const ignorers = strykerPlugins.map(({ value }) => value)
  const read = (name) => ({ name, mutate: true, content: readFileSync(name, "utf8") })
  const { files, mutants } = await new Instrumenter(logger).instrument(sources.map(read), {
    ...options,
    ignorers
  })
  return { contents: new Map(files.map(({ name, content }) => [name, content])), mutants }
}

/** Reads the packages' sources, Effect's test functions over `vitest.mjs`, the rest as it is. */
const reading = (contents) => ({
  name: "mutants",
  setup(build) {
    build.onResolve({ filter: /^vitest$/ }, () => ({ path: ours }))
    build.onResolve({ filter: /^@effect\/vitest$/ }, () => ({
      path: require.resolve("@effect/vitest")
    }))
    build.onResolve({ filter: /^@clawdbot\// }, ({ path }) => {
      const [, name, file] = /^@clawdbot\/([^/]+)\/(.*)$/.exec(path)
      return { path: `${root}packages/${name}/src/${file}.ts` }
    })
    build.onResolve({ filter: /^[^./]/ }, ({ path }) => ({ path, external: true }))
    build.onLoad({ filter: /\.ts$/ }, ({ path }) => ({
      contents: (contents.get(path) ?? readFileSync(path, "utf8")).replaceAll(
        "import.meta.url",
        JSON.stringify(pathToFileURL(path).href)
      ),
      loader: "ts",
      resolveDir: dirname(path)
    }))
  }
})

/** `files[i]()` of what the script exports loads the test file `i`, and nothing else. */
export const bundle = async (sources, tests) => {
  const { contents, mutants } = await instrument(sources.map((file) => resolve(root, file)))
  const loads = tests.map((file) => `() => require(${JSON.stringify(resolve(root, file))})`)
  const { outputFiles } = await require("esbuild").build({
    stdin: { contents: `export const files = [${loads.join(",\n")}]`, resolveDir: root },
    bundle: true,
    write: false,
    format: "cjs",
    platform: "node",
    target: "node20",
    logLevel: "error",
    // What esbuild takes for free of effects may hold the mark that a mutant was reached.
    ignoreAnnotations: true,
    plugins: [reading(contents)]
  })
  return { code: outputFiles[0].text, mutants }
}
