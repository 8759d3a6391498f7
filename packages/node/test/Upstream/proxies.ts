/** Proxies of every kind on loopback; whatever they are asked for, they lead to one port. */
import { createServer as createHttp } from "node:http"
import { connect, createServer, type Server, type Socket } from "node:net"
import * as Effect from "effect/Effect"

/** A proxy that runs. */
export interface RunningProxy {
  readonly port: number
  /** What it was asked for, such as `CONNECT host:443 Basic …` or `socks5 name host 443`. */
  readonly asked: ReadonlyArray<string>
}

const serve = (server: Server, asked: ReadonlyArray<string>) =>
  Effect.acquireRelease(
    Effect.async<RunningProxy>((resume) => {
      server.listen(0, "127.0.0.1", () => {
        const address = server.address()
        const port = typeof address === "object" && address !== null ? address.port : 0
        resume(Effect.succeed({ port, asked }))
      })
    }),
    () => Effect.sync(() => server.close())
  )

const join = (socket: Socket, port: number, head?: Uint8Array): void => {
  const onward = connect(port, "127.0.0.1")
  if (head !== undefined && head.length > 0) onward.write(head)
  onward.pipe(socket).pipe(onward)
  onward.on("error", () => socket.destroy())
  socket.on("error", () => onward.destroy())
  socket.on("close", () => onward.destroy())
}

/** An HTTP proxy; with `login` it answers 407 to any other. */
export const httpProxy = (target: number, login?: string) =>
  Effect.suspend(() => {
    const asked: Array<string> = []
    const server = createHttp((_request, response) => response.writeHead(405).end())
    server.on("connect", (request, socket, head) => {
      const given = request.headers["proxy-authorization"] ?? ""
      asked.push(`CONNECT ${request.url} ${given}`.trim())
      if (login !== undefined && given !== `Basic ${Buffer.from(login).toString("base64")}`)
        return socket.end("HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n")
      socket.write("HTTP/1.1 200 Connection established\r\n\r\n")
      if ("remoteAddress" in socket) join(socket as Socket, target, head)
    })
    return serve(server, asked)
  })

/** Reads as much as there is, in pieces as small as can be: a proxy promises no packet. */
const reader = (socket: Socket) => {
  let kept = Buffer.alloc(0)
  let wake: () => void = () => undefined
  socket.on("data", (chunk: Buffer) => {
    kept = Buffer.concat([kept, chunk])
    wake()
  })
  const take = async (length: number): Promise<Buffer> => {
    while (kept.length < length)
      await new Promise<void>((resolve) => {
        wake = resolve
      })
    const bytes = kept.subarray(0, length)
    kept = kept.subarray(length)
    return bytes
  }
  const text = async (): Promise<string> => {
    let found = ""
    for (let byte = (await take(1))[0]; byte !== 0; byte = (await take(1))[0])
      found += String.fromCharCode(byte ?? 0)
    return found
  }
  const rest = (): Buffer => {
    socket.removeAllListeners("data")
    return kept
  }
  return { take, text, rest }
}

const portOf = (bytes: Buffer): number => bytes.readUInt16BE(0)

/** One byte at a time, as the worst network does. */
const trickle = async (socket: Socket, bytes: ReadonlyArray<number>): Promise<void> => {
  for (const byte of bytes) {
    socket.write(Buffer.from([byte]))
    await new Promise((resolve) => setImmediate(resolve))
  }
}

const speak5 = async (
  socket: Socket,
  asked: Array<string>,
  login: string | undefined,
  target: number
): Promise<void> => {
  const { rest, take } = reader(socket)
  const [, count = 0] = await take(2)
  const methods = [...(await take(count))]
  if (login === undefined) await trickle(socket, [5, 0])
  else if (!methods.includes(2)) return void socket.end(Buffer.from([5, 255]))
  else {
    await trickle(socket, [5, 2])
    const [, userLength = 0] = await take(2)
    const user = (await take(userLength)).toString()
    const [passwordLength = 0] = await take(1)
    const given = `${user}:${(await take(passwordLength)).toString()}`
    await trickle(socket, [1, given === login ? 0 : 1])
    if (given !== login) return void socket.end()
  }
  const [, , , kind] = await take(4)
  const fixed = kind === 1 ? 4 : 16
  const length = kind === 1 || kind === 4 ? fixed : ((await take(1))[0] ?? 0)
  const address = await take(length)
  const number = kind === 1 ? `ipv4 ${[...address].join(".")}` : `ipv6 ${address.toString("hex")}`
  const shown = kind === 3 ? `name ${address.toString()}` : number
  asked.push(`socks5 ${shown} ${portOf(await take(2))}`)
  await trickle(socket, [5, 0, 0, 3, 4, 104, 111, 115, 116, 0, 80])
  join(socket, target, rest())
}

const speak4 = async (socket: Socket, asked: Array<string>, target: number): Promise<void> => {
  const { rest, take, text } = reader(socket)
  await take(2)
  const port = portOf(await take(2))
  const address = await take(4)
  const user = await text()
  const isName = address[0] === 0 && address[1] === 0 && address[2] === 0
  const shown = isName ? `name ${await text()}` : `ipv4 ${[...address].join(".")}`
  asked.push(`socks4 ${shown} ${port} ${user}`.trim())
  await trickle(socket, [0, 90, 0, 0, 0, 0, 0, 0])
  join(socket, target, rest())
}

/** A SOCKS proxy of either version. */
export const socksProxy = (version: 4 | 5, target: number, login?: string) =>
  Effect.suspend(() => {
    const asked: Array<string> = []
    const server = createServer((socket) => {
      socket.on("error", () => undefined)
      void (version === 5 ? speak5(socket, asked, login, target) : speak4(socket, asked, target))
    })
    return serve(server, asked)
  })

/** Something that listens and does what it likes with a connection. */
export const oddProxy = (behave: (socket: Socket) => void) =>
  Effect.gen(function* () {
    const open = new Set<Socket>()
    yield* Effect.addFinalizer(() =>
      Effect.sync(() => {
        for (const socket of open) socket.destroy()
      })
    )
    const server = createServer((socket) => {
      open.add(socket)
      socket.on("error", () => undefined)
      behave(socket)
    })
    return yield* serve(server, [])
  })
