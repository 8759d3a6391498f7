/**
 * Undoes what a proxy or an edge did to an answer nobody asked it to pack. A refresh token is used
 * up by the time its answer is there, so it has to be read whatever it is wrapped in.
 */

import { brotliDecompressSync, gunzipSync, inflateRawSync, inflateSync } from "node:zlib"
import { ifDefined } from "@clawdbot/domain/Document/defined"

/** Unpacked no more than this is taken, in bytes: a token answer is some hundred. */
const maxOutputLength = 1024 * 1024

const isGzip = (bytes: Buffer): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b

/** `deflate` is a zlib stream by the standard, and a bare one as some servers send it. */
const inflate = (bytes: Buffer): Buffer => {
  try {
    return inflateSync(bytes, { maxOutputLength })
  } catch {
    return inflateRawSync(bytes, { maxOutputLength })
  }
}

const unpackers: Readonly<Record<string, (bytes: Buffer) => Buffer>> = {
  "": (bytes) => bytes,
  identity: (bytes) => bytes,
  gzip: (bytes) => gunzipSync(bytes, { maxOutputLength }),
  "x-gzip": (bytes) => gunzipSync(bytes, { maxOutputLength }),
  deflate: inflate,
  br: (bytes) => brotliDecompressSync(bytes, { maxOutputLength })
}

/** One unpacking; bytes that are not packed as announced are taken as they are. */
const unpackOnce = (bytes: Buffer, coding: string): Buffer | undefined => {
  const unpacker = Object.hasOwn(unpackers, coding) ? unpackers[coding] : undefined
  if (unpacker === undefined) return undefined
  try {
    return unpacker(bytes)
  } catch {
    if (looksLikeText(bytes)) return bytes
    return undefined
  }
}

/** A JSON text or a page begins with one of these; nothing that is packed does. */
const looksLikeText = (bytes: Buffer): boolean =>
  /^\s*[{[<"]/.test(
    bytes
      .subarray(0, 16)
      .toString("latin1")
      .replace(/^\xef\xbb\xbf/, "")
  )

/**
 * The text of an answer. Undefined where it was packed in a way that cannot be undone here.
 * `encoding` is its `content-encoding`; gzip is recognised without one too.
 */
export const unpackAnswer = (bytes: Buffer, encoding: string | undefined): string | undefined => {
  const codings = (encoding ?? "")
    .toLowerCase()
    .split(",")
    .map((coding) => coding.trim())
  let unpacked: Buffer | undefined = bytes
  // The coding that was applied last is named last.
  for (const coding of codings.reverse())
    unpacked = ifDefined(unpacked, (unpacked) => unpackOnce(unpacked, coding))
  if (unpacked !== undefined && isGzip(unpacked)) unpacked = unpackOnce(unpacked, "gzip")
  return unpacked?.toString("utf8")
}
