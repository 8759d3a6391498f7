/** What a gateway says of itself, at a terminal and in a log: how it looks. */
import { GatewayInfo } from "@clawdbot/http/control/GatewayInfo"
import { urlsOf } from "@clawdbot/http/control/gatewayUrls"

import { assert, describe, it } from "@effect/vitest"
import { expect } from "vitest"
import { banner, type Started } from "../../src/gateway/banner.ts"
import { toText } from "../../src/gateway/status.ts"
import { planted } from "../clawdbot.ts"

const now = 1_800_000_000_000
const token = `cbt_${"x".repeat(43)}`

const gateway = (host: string, hosts: ReadonlyArray<string>) =>
  new GatewayInfo({
    version: "0.1.0 (0123456)",
    pid: 4711,
    startedAt: now - 7_500_000,
    host,
    port: 18_789,
    ...urlsOf(host, 18_789, ["192.0.2.2", "198.51.100.7"]),
    hosts
  })

const started: Started = {
  address: gateway("127.0.0.1", []),
  clientToken: { _tag: "Created", token },
  adminToken: undefined,
  dashboard: undefined,
  practice: false,
  storePath: "/home/me/.clawdbot/agents/main/agent/auth-profiles.json",
  profiles: ["anthropic:default", "anthropic:second"],
  model: "claude-opus-4-5",
  profileName: undefined
}

const starts: ReadonlyArray<readonly [string, Started]> = [
  ["at a terminal", started],
  ["in a log", { ...started, clientToken: { _tag: "Hidden" } }],
  [
    "in a log, with --profile work, on every interface, with names of its own",
    {
      ...started,
      clientToken: { _tag: "Hidden" },
      address: gateway("0.0.0.0", ["claude.home"]),
      profileName: "work"
    }
  ],
  [
    "behind a proxy, its token set by a variable",
    {
      ...started,
      clientToken: { _tag: "Given", from: "CLAWDBOT_GATEWAY_TOKEN" },
      address: gateway("127.0.0.1", ["claude.home"])
    }
  ],
  [
    "without tokens, without a profile",
    { ...started, clientToken: { _tag: "NotWanted" }, profiles: [] }
  ]
]

const statuses: ReadonlyArray<readonly [string, GatewayInfo | undefined]> = [
  ["on loopback", gateway("127.0.0.1", [])],
  ["on every interface", gateway("0.0.0.0", ["claude.home"])],
  ["of an older version", undefined]
]

describe("what a gateway says of itself", () => {
  it("its start line and its status, whatever it listens on", async () => {
    const parts = [
      ...starts.map(([name, facts]) => [`# the start, ${name}`, ...banner(facts)]),
      ...statuses.map(([name, info]) => [
        `# gateway status, ${name}`,
        ...toText(
          {
            gateway: info,
            auth: { error: { _tag: "StoreCorrupt", message: "it is broken" } },
            requests: []
          },
          now
        )
      ])
    ]
    const text = parts.map((lines) => lines.join("\n")).join("\n\n\n")
    await expect(`${text}\n`).toMatchFileSnapshot("../golden/gateway.txt")
  })

  it("a log never holds the client token, nor any other secret", () => {
    for (const [name, facts] of starts) {
      if (facts.clientToken._tag === "Created") continue
      const text = banner(facts).join("\n")
      for (const secret of [token, ...Object.values(planted)]) assert.notInclude(text, secret, name)
    }
  })

  it("names every address: of the interfaces where it listens on all, of one where on one", () => {
    const networks = ["192.0.2.2", "2001:db8::7"]
    assert.deepStrictEqual(urlsOf("127.0.0.1", 1, networks), {
      url: "http://127.0.0.1:1",
      networkUrls: []
    })
    assert.deepStrictEqual(urlsOf("0.0.0.0", 1, networks), {
      url: "http://127.0.0.1:1",
      networkUrls: ["http://192.0.2.2:1"]
    })
    assert.deepStrictEqual(urlsOf("::", 1, networks).networkUrls, [
      "http://192.0.2.2:1",
      "http://[2001:db8::7]:1"
    ])
    assert.deepStrictEqual(urlsOf("192.0.2.2", 1, networks), {
      url: "http://192.0.2.2:1",
      networkUrls: ["http://192.0.2.2:1"]
    })
  })
})
