// What the bundled command leaves out of the packages that it holds, or loads later than they do.

/** Parsers behind options of `@effect/cli` that read a file; no command has such an option. */
const fileParsers = {
  name: "file-parsers",
  setup: ({ onLoad, onResolve }) => {
    onResolve({ filter: /^(ini|toml|yaml)$/ }, ({ path }) => ({ path, namespace: "unused-parser" }))
    onLoad({ filter: /.*/, namespace: "unused-parser" }, ({ path }) => ({
      contents:
        `export const parse = () => { throw new Error("the parser of ${path} files is not part ` +
        'of this program") }'
    }))
  }
}

/** Random names for temporary files, which nothing here asks for, cost each start some 5 ms. */
const lateCrypto = {
  name: "late-crypto",
  setup: ({ onLoad, onResolve }) => {
    onResolve({ filter: /^node:crypto$/ }, ({ importer, path }) =>
      /platform-node-shared[/\\].*[/\\]fileSystem\.[jt]s$/.test(importer)
        ? { path, namespace: "late" }
        : undefined
    )
    onLoad({ filter: /.*/, namespace: "late" }, () => ({
      contents: `export const randomBytes = (size) => require("node:crypto").randomBytes(size)`
    }))
  }
}

/**
 * Of undici the dispatcher alone: its index also evaluates `fetch`, cookies and caches, for which
 * Node loads what it has of the same, workers and name services.
 */
const dispatcherOfUndici = {
  name: "dispatcher-of-undici",
  setup: ({ onLoad, onResolve }) => {
    onResolve({ filter: /^undici$/ }, ({ path, resolveDir }) => ({
      path,
      namespace: "dispatcher",
      pluginData: resolveDir
    }))
    onLoad({ filter: /.*/, namespace: "dispatcher" }, ({ pluginData }) => ({
      contents:
        'export { default as Agent } from "undici/lib/dispatcher/agent.js"\n' +
        'export { default as buildConnector } from "undici/lib/core/connect.js"',
      resolveDir: pluginData
    }))
  }
}

/** What undici does itself on a Node that is built without HTTP/2, which no request here uses. */
const noHttp2 = {
  name: "no-http2",
  setup: ({ onLoad, onResolve }) => {
    onResolve({ filter: /^node:http2$/ }, ({ path }) => ({ path, namespace: "no-http2" }))
    onLoad({ filter: /.*/, namespace: "no-http2" }, () => ({
      contents: "module.exports = { constants: {} }"
    }))
  }
}

/** Plugins of esbuild for the scripts of the command. */
export const leftOut = [fileParsers, lateCrypto, dispatcherOfUndici, noHttp2]
