// Which package may import which: json5-edit <- domain <- node <- http <- cli; testing, postgres
// and fetch stand on domain and node, platform on domain.
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
    only("json5-edit", []),
    only("domain", ["json5-edit"]),
    only("node", ["domain", "json5-edit"]),
    only("http", ["domain", "json5-edit", "node"]),
    only("testing", ["domain", "json5-edit", "node"]),
    only("platform", ["domain", "json5-edit"]),
    only("fetch", ["domain", "json5-edit", "node"]),
    only("postgres", ["domain", "json5-edit", "node"]),
    only("cli", ["domain", "json5-edit", "node", "http", "postgres", "testing"]),
    {
      name: "domain-is-pure",
      severity: "error",
      comment: "domain and json5-edit import no node, no platform, no HTTP client",
      from: { path: "^packages/(domain|json5-edit)/src" },
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
      name: "postgres-is-lazy",
      severity: "error",
      comment:
        "the command reaches the shared store through a dynamic import of cli/src/sharedStore " +
        "only, so that nobody else loads the client of a database",
      from: {
        path: "^packages/cli/src",
        pathNot: "^packages/cli/src/sharedStore/"
      },
      to: {
        path: "^packages/(postgres/|cli/src/sharedStore/)",
        pathNot: "^packages/cli/src/sharedStore/sharedSnapshot[.]ts$",
        dynamic: false,
        dependencyTypesNot: ["type-only"]
      }
    },
    {
      name: "telemetry-is-lazy",
      severity: "error",
      comment:
        "a gateway reaches what exports traces through a dynamic import only, so that one " +
        "without a collector loads none of it",
      from: { path: "^packages/[^/]+/src", pathNot: "^packages/http/src/telemetry/" },
      to: {
        path: "^packages/http/src/telemetry/",
        pathNot: "/(startTelemetry|Telemetry)[.]ts$",
        dependencyTypesNot: ["type-only"]
      }
    },
    {
      name: "exporter-is-lazy",
      severity: "error",
      comment: "what starts the exporter imports it when it is needed",
      from: { path: "^packages/http/src/telemetry/startTelemetry[.]ts$" },
      to: {
        path: "^packages/http/src/telemetry/",
        pathNot: "/TelemetrySettings[.]ts$",
        dynamic: false,
        dependencyTypesNot: ["type-only"]
      }
    },
    {
      name: "gateway-is-lazy",
      severity: "error",
      comment:
        "the command reaches the gateway through a dynamic import only, so that status " +
        "starts without it",
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
