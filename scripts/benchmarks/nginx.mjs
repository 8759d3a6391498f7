// nginx as a plain proxy: it passes bytes on and knows nothing of credentials. The floor of the
// system, measured where it is installed.
import { spawnSync } from "node:child_process"
import { writeFileSync } from "node:fs"
import { createServer } from "node:net"
import { join } from "node:path"

/** Whether it is installed. */
export const hasNginx = () => spawnSync("nginx", ["-v"]).status === 0

/** A port nobody listens on. */
export const freePort = () =>
  new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })

/**
 * Writes its configuration into a folder and gives the command that runs it there, as one process.
 */
export const nginxCommand = (folder, port, upstream) => {
  const scratch = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
    (of) => `${of}_temp_path ${folder}/${of};`
  )
  writeFileSync(
    join(folder, "nginx.conf"),
    `daemon off; master_process off; pid ${folder}/pid; error_log ${folder}/error.log;
events { worker_connections 4096; }
http { access_log off; ${scratch.join(" ")}
  upstream provider { server 127.0.0.1:${upstream}; keepalive 256; }
  server { listen 127.0.0.1:${port}; client_max_body_size 40m; keepalive_requests 1000000;
    location / { proxy_pass http://provider; proxy_http_version 1.1; proxy_set_header connection ""; proxy_set_header x-api-key upstream-key; proxy_buffering off; } } }
`
  )
  return ["nginx", "-e", join(folder, "error.log"), "-p", folder, "-c", join(folder, "nginx.conf")]
}
