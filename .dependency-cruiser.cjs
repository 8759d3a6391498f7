// Which room may enter which: domain <- node <- http <- cli; testing stands on domain and node.
const only = (from, allowed) => ({
  name: `${from}-direction`,
  severity: "error",
  comment: `packages/${from}/src may only reach ${allowed.join(", ") || "itself"}`,
  from: { path: `^packages/${from}/src` },
  to: { path: "^packages/", pathNot: `^packages/(${[from, ...allowed].join("|")})/` }
})

module.exports = {
  forbidden: [
    {
      name: "no-circular",
      severity: "error",
      from: { path: "^packages/[^/]+/src" },
      to: { circular: true }
    },
    only("domain", []),
    only("node", ["domain"]),
    only("http", ["domain", "node"]),
    only("testing", ["domain", "node"]),
    only("cli", ["domain", "node", "http", "testing"]),
    {
      name: "domain-is-pure",
      severity: "error",
      comment: "domain imports no node, no platform, no HTTP client",
      from: { path: "^packages/domain/src" },
      to: {
        path: "^(node:|fs|path|os|crypto)|node_modules/(@effect/(platform|cli)|undici)",
        dependencyTypesNot: ["type-only"]
      }
    },
    {
      name: "testing-is-lazy",
      severity: "error",
      comment: "the command reaches the practice upstream through a dynamic import only",
      from: { path: "^packages/cli/src" },
      to: { path: "^packages/testing/", dynamic: false, dependencyTypesNot: ["type-only"] }
    },
    {
      name: "gateway-is-lazy",
      severity: "error",
      comment:
        "the command reaches the gateway through a dynamic import only, so that status starts without it",
      from: { path: "^packages/cli/src", pathNot: "^packages/cli/src/gateway/" },
      to: {
        path: "^packages/(http/|cli/src/gateway/)",
        dynamic: false,
        dependencyTypesNot: ["type-only"]
      }
    }
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: "(^|/)dist/" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.base.json" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["source", "import", "node", "default", "types"]
    }
  }
}
