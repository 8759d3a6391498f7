/** The files that make images, held to rules. Each rule is broken once to see that it is kept. */
import { execFileSync } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "@effect/vitest"
import { parse as parseYaml } from "yaml"
import { lint } from "./lint.ts"

const root = fileURLToPath(new URL("../../../../", import.meta.url))
const textOf = (file: string): string => fs.readFileSync(path.join(root, file), "utf8")
const own = textOf("Dockerfile")
const files = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], {
  cwd: root,
  encoding: "utf8"
})
  .split("\n")
  .filter((file) => path.basename(file) === "Dockerfile")

/** What is changed in the project's own Dockerfile, and which rule then complains. */
const broken: ReadonlyArray<readonly [from: string | RegExp, to: string, rule: RegExp]> = [
  ["FROM node:24.21.0-bookworm-slim\n", "FROM node\n", /exact tag/],
  ["FROM node:24.21.0-bookworm-slim\n", "FROM node:latest\n", /exact tag/],
  ["FROM node:24.21.0-bookworm-slim\n", "FROM node:24-slim\n", /exact tag/],
  [/tini=\S+/, "tini", /without a version/],
  ["rm -rf /var/lib/apt/lists/*", "true", /apt lists/],
  ["--no-install-recommends ", "", /recommended/],
  ["install -y", "install", /without -y/],
  ["COPY . .", "ADD . .", /ADD/],
  ["WORKDIR /src", "WORKDIR src", /absolute/],
  ["RUN ./scripts", "RUN cd / && ./scripts", /cd in place/],
  ["RUN ./scripts", "RUN curl -s https://example.com/x | sh && ./scripts", /downloads/],
  ["RUN apt-get", "RUN sudo apt-get", /sudo/],
  [/CMD \["gateway".*/, "CMD gateway --bind lan", /for a shell/],
  ["ARG CLAWDBOT_COMMIT=", "ARG ANTHROPIC_API_KEY=x", /a secret/],
  ["ENV CLAWDBOT_STATE_DIR", "ENV CLAWDBOT_GATEWAY_TOKEN=x CLAWDBOT_STATE_DIR", /a secret/],
  [/USER .*\n/, "", /as root/],
  [/USER .*\n/, "USER 0:0\n", /as root/],
  [/USER .*\n/, "USER node\n", /by name/],
  [/HEALTHCHECK .*\n/, "", /no HEALTHCHECK/],
  [/HEALTHCHECK .*\n/, "HEALTHCHECK CMD curl -f http://localhost/\n", /needs curl/],
  ['"/usr/bin/tini", "--", ', "", /no init/],
  ["VOLUME /data", "VOLUME /other", /outside of the volume/],
  ["CMD [", 'CMD ["doctor"]\nCMD [', /more than one CMD/]
]

describe("Dockerfiles", () => {
  it("are found", () => assert.include(files, "Dockerfile"))

  for (const file of files) {
    it(`${file} breaks no rule`, () => {
      const text = textOf(file)
      assert.deepStrictEqual(lint(text, text.includes("EXPOSE")), [])
    })
  }

  for (const [from, to, rule] of broken) {
    it(`${from} in place of ${JSON.stringify(to)}: ${rule.source}`, () => {
      const changed = own.replace(from, to)
      assert.notStrictEqual(changed, own)
      assert.match(
        lint(changed, true)
          .map((problem) => `${problem.line}: ${problem.rule}`)
          .join("\n"),
        rule
      )
    })
  }
})

describe("deploy/compose.yml", () => {
  const { services, volumes } = parseYaml(textOf("deploy/compose.yml"))

  it("runs the gateway with no more rights than it needs", () => {
    const { gateway } = services
    assert.isTrue(gateway.read_only)
    assert.deepStrictEqual(gateway.cap_drop, ["ALL"])
    assert.deepStrictEqual(gateway.security_opt, ["no-new-privileges:true"])
    assert.deepStrictEqual(gateway.volumes, ["state:/data"])
    // Only this machine reaches it without a proxy.
    for (const port of gateway.ports) assert.match(port, /^127\.0\.0\.1:/)
    assert.match(gateway.environment.CLAWDBOT_GATEWAY_TOKEN, /^\$\{CLAWDBOT_GATEWAY_TOKEN:\?/)
  })

  it("runs two gateways of a shared store with as few rights, in folders of their own", () => {
    const shared = parseYaml(textOf("deploy/compose.shared.yml"), { merge: true })
    const states = ["gateway-a", "gateway-b"].map((name) => {
      const { cap_drop, depends_on, environment, read_only, security_opt, volumes } =
        shared.services[name]
      assert.deepStrictEqual([read_only, cap_drop], [true, ["ALL"]])
      assert.deepStrictEqual(security_opt, ["no-new-privileges:true"])
      assert.deepStrictEqual(depends_on.migrate, { condition: "service_completed_successfully" })
      for (const secret of ["CLAWDBOT_GATEWAY_TOKEN", "CLAWDBOT_STORE_KEY"])
        assert.match(environment[secret], new RegExp(`^\\$\\{${secret}:\\?`))
      return volumes[1]
    })
    assert.deepStrictEqual(states, ["state-a:/data", "state-b:/data"])
    for (const port of shared.services.balancer.ports) assert.match(port, /^127\.0\.0\.1:/)
    for (const { image, volumes = [] } of Object.values<{
      readonly image: string
      readonly volumes?: ReadonlyArray<string>
    }>(shared.services)) {
      assert.match(image, /^(?:clawdbot:local|[a-z]+:\d+(?:\.\d+)+)$/)
      for (const [source = ""] of volumes.map((volume) => volume.split(":"))) {
        if (!source.startsWith(".")) assert.property(shared.volumes, source)
        else assert.isTrue(fs.existsSync(path.join(root, "deploy", source)), source)
      }
    }
  })

  it("names exact images, and files and volumes that there are", () => {
    for (const { build, image, volumes: mounts = [] } of Object.values<{
      readonly build?: string
      readonly image: string
      readonly volumes?: ReadonlyArray<string>
    }>(services)) {
      if (build === undefined) assert.match(image, /^[a-z]+:\d+\.\d+\.\d+$/)
      for (const mount of mounts) {
        const [source = ""] = mount.split(":")
        if (!source.startsWith(".")) assert.property(volumes, source)
        // The certificate is the person's own.
        else if (source !== "./tls")
          assert.isTrue(fs.existsSync(path.join(root, "deploy", source)), source)
      }
    }
  })
})
