// The baseline of the benchmarks: the shortest proxy of node:http and undici. No credential, no
// limits, no failover. usage: node bareProxy.mjs ORIGIN [PORT], the provider's origin and where to
// listen → prints its port
import { createServer } from "node:http"
import { createRequire } from "node:module"

const { Agent } = createRequire(new URL("../../packages/node/package.json", import.meta.url))(
  "undici"
)
const agent = new Agent({ connections: 4096 })
const [, , origin, listenAt = "0"] = process.argv

createServer((request, response) => {
  const chunks = []
  request.on("data", (chunk) => chunks.push(chunk))
  request.on("end", () => {
    const body = chunks.length === 1 ? chunks[0] : Buffer.concat(chunks)
    const headers = { ...request.headers, "x-api-key": "upstream-key" }
    delete headers.host
    delete headers.connection
    delete headers.authorization
    agent.dispatch(
      {
        origin,
        path: request.url,
        method: request.method,
        headers,
        body: body.length === 0 ? null : body
      },
      {
        onConnect() {},
        onHeaders(status, raw, resume) {
          const out = []
          for (let index = 0; index < raw.length; index += 2) {
            const name = raw[index].toString("latin1")
            if (name !== "transfer-encoding" && name !== "connection")
              out.push(name, raw[index + 1].toString("latin1"))
          }
          response.writeHead(status, out)
          response.on("drain", resume)
          return true
        },
        onData: (chunk) => response.write(chunk),
        onComplete: () => response.end(),
        onError: () => response.destroy()
      }
    )
  })
}).listen(Number(listenAt), "127.0.0.1", function () {
  console.log(this.address().port)
})
