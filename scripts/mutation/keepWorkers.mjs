// Loaded by Stryker as a plugin in each process that runs tests. Vitest ends its worker after each
// run, although `isolate` is off: loading Effect and the sources again costs a mutant over a second
// of processor time, its tests a tenth of that. The test files themselves Vitest reads again for
// each run, in the same worker too.
import Tinypool from "tinypool"

Tinypool.prototype.recycleWorkers = async () => {}

export const strykerPlugins = []
