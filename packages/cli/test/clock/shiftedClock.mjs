/** Loaded before a program: its clock is off by `SHIFTED_CLOCK_MS`, as with a machine set wrong. */
const shiftMs = Number(process.env.SHIFTED_CLOCK_MS)
const Right = Date

globalThis.Date = class extends Right {
  constructor(...given) {
    if (given.length === 0) super(Right.now() + shiftMs)
    else super(...given)
  }

  static now() {
    return Right.now() + shiftMs
  }
}
