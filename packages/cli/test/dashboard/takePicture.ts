/**
 * Pictures of the page for the documentation, as PNGs of at most 256 colors: a third of what a
 * browser writes.
 */
import * as fs from "node:fs"
import { crc32, deflateSync } from "node:zlib"
import type { Page } from "playwright-core"

/** Where pictures are put; without it none are taken. */
const folder = process.env.CLAWDBOT_PICTURES

/** A picture as a palette (RGB, three bytes each) and an index into it for each pixel. */
interface Indexed {
  readonly width: number
  readonly height: number
  readonly palette: ReadonlyArray<number>
  /** Base64. */
  readonly pixels: string
}

/**
 * Runs in the browser, which reads its own PNG: the 256 colors that are there most often, and for
 * each other color the nearest of them.
 */
const indexed = (png: string): string => `(async () => {
  const bytes = await (await fetch("data:image/png;base64,${png}")).blob()
  const image = await createImageBitmap(bytes)
  const { height, width } = image
  const canvas = new OffscreenCanvas(width, height).getContext("2d")
  canvas.drawImage(image, 0, 0)
  const rgba = new Uint32Array(canvas.getImageData(0, 0, width, height).data.buffer)
  const counts = new Map()
  for (const color of rgba) counts.set(color, (counts.get(color) ?? 0) + 1)
  const colors = [...counts.keys()].sort((a, b) => counts.get(b) - counts.get(a))
  const parts = (color) => [color & 255, (color >> 8) & 255, (color >> 16) & 255]
  const kept = colors.slice(0, 256).map(parts)
  const nearest = ([r, g, b]) => {
    let best = 0
    let least = Infinity
    kept.forEach(([r2, g2, b2], index) => {
      const apart = (r - r2) ** 2 + (g - g2) ** 2 + (b - b2) ** 2
      if (apart < least) [best, least] = [index, apart]
    })
    return best
  }
  const places = new Map(colors.map((color) => [color, nearest(parts(color))]))
  let text = ""
  for (const color of rgba) text += String.fromCharCode(places.get(color))
  return { width, height, palette: kept.flat(), pixels: btoa(text) }
})()`

const chunk = (type: string, data: Uint8Array): Buffer => {
  const named = Buffer.concat([Buffer.from(type), data])
  const size = Buffer.alloc(4)
  size.writeUInt32BE(data.length)
  const sum = Buffer.alloc(4)
  sum.writeUInt32BE(crc32(named))
  return Buffer.concat([size, named, sum])
}

/** A PNG with a palette (RFC 2083: color type 3), its lines unfiltered. */
const toPng = ({ height, palette, pixels, width }: Indexed): Buffer => {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header.set([8, 3, 0, 0, 0], 8)
  const indexes = Buffer.from(pixels, "base64")
  const lines = Array.from({ length: height }, (_, row) => [
    Buffer.from([0]),
    indexes.subarray(row * width, (row + 1) * width)
  ])
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk("IHDR", header),
    chunk("PLTE", Buffer.from(palette)),
    chunk("IDAT", deflateSync(Buffer.concat(lines.flat()), { level: 9 })),
    chunk("IEND", Buffer.alloc(0))
  ])
}

/** Takes a picture of what a person sees at this moment, or of the page down to its end. */
export const takePicture = async (page: Page, name: string, fullPage = false): Promise<void> => {
  if (folder === undefined) return
  const png = await page.screenshot({ fullPage })
  const beside = await page.context().browser()?.newPage()
  if (beside === undefined) throw new Error("the page's browser is gone")
  const found: Indexed = await beside.evaluate(indexed(png.toString("base64")))
  await beside.close()
  fs.writeFileSync(`${folder}/dashboard-${name}.png`, toPng(found))
}
