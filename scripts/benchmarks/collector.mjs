// A collector of OpenTelemetry that takes everything and keeps nothing.
// usage: node collector.mjs → prints its port
import { createServer } from "node:http"

createServer((request, response) => {
  request.resume().on("end", () => response.end("{}"))
}).listen(0, "127.0.0.1", function () {
  console.log(this.address().port)
})
