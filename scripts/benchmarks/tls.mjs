// The gateway and the bare proxy before a provider that is reached over TLS, as the real one is.
// Both trust its certificate by NODE_EXTRA_CA_CERTS. usage: node tls.mjs [SECONDS] → a table
import { spawnSync } from "node:child_process"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { measured } from "./gateway.mjs"
import { median } from "./processes.mjs"
import { middleHalf, noteOf, verdict } from "./quartiles.mjs"
import { markdown, row } from "./table.mjs"
import { load, makeHome, startWorld } from "./world.mjs"

/** The files of a key and of a certificate for 127.0.0.1; undefined without `openssl`. */
const makeCertificate = (folder) => {
  const [key, certificate] = [join(folder, "key.pem"), join(folder, "certificate.pem")]
  const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
  const subject = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
  const files = ["-keyout", key, "-out", certificate, "-days", "2"]
  const { status } = spawnSync("openssl", ["req", "-x509", ...curve, ...subject, ...files])
  return status === 0 ? { key, certificate } : undefined
}

/** The rows of one kind of load; `pairs` are the rounds, each without TLS and over TLS. */
const tell = (what, connections, pairs) => {
  const ratiosOf = (index) => pairs.map((pair) => pair[index].gateway / pair[index].bare)
  const [plain, over] = [ratiosOf(0), ratiosOf(1)]
  const us = (name) => median(pairs.map((pair) => pair[1][name])).toFixed(0)
  row(
    `${what} over TLS, ${connections} connections, CPU × bare`,
    `${median(over).toFixed(2)} (${middleHalf(over)}; ${us("gateway")} against ${us("bare")} µs; ` +
      `without TLS ${median(plain).toFixed(2)}, ${middleHalf(plain)})`
  )
  const against = over.map((ratio, index) => ratio / plain[index])
  const isHeld = verdict(against, 1)
  row(
    `${what}, the ratio over TLS against the one without`,
    `${median(against).toFixed(2)} (${middleHalf(against)})${noteOf(isHeld)}`,
    "≤ 1",
    isHeld
  )
}

/**
 * What a request and a stream cost beside the bare proxy, over TLS and without it in the same
 * round: the ratio over TLS is to be no worse. `timing` is that of the gateway's other benchmarks.
 */
export const measureTls = async (timing, connections = 32) => {
  const [plainHome, tlsHome] = [makeHome(), makeHome()]
  const tls = makeCertificate(tlsHome.home)
  if (tls === undefined) {
    plainHome.remove()
    tlsHome.remove()
    return row("TLS to the provider", "not measured: there is no `openssl` to make a certificate")
  }
  const worlds = [
    ["without TLS", await startWorld(plainHome)],
    ["over TLS", await startWorld(tlsHome, { tls })]
  ]
  for (const [, world] of worlds) {
    for (const name of ["bare", "gateway"])
      await load(world[name], connections, timing.firstSeconds, "json")
  }
  for (const kind of ["json", "stream"]) {
    const pairs = []
    for (const [, world] of worlds) {
      for (const name of ["bare", "gateway"])
        await load(world[name], connections, timing.warmSeconds, kind)
    }
    for (let round = 0; round < timing.rounds; round++) {
      const pair = []
      for (const [, world] of worlds) {
        const us = async (name) =>
          (await measured(world[name], connections, timing.seconds, kind)).cpuUs
        pair.push({ bare: await us("bare"), gateway: await us("gateway") })
      }
      pairs.push(pair)
    }
    tell(kind === "json" ? "JSON" : "streams", connections, pairs)
  }
  for (const [, world] of worlds) await world.stop()
  plainHome.remove()
  tlsHome.remove()
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const seconds = Number(process.argv[2] ?? 1)
  const timing = { rounds: 9, seconds, warmSeconds: 2 * seconds, firstSeconds: 8 * seconds }
  await measureTls(timing)
  console.log(markdown(`Node ${process.version}; ${timing.rounds} rounds of ${seconds} s.`))
}
