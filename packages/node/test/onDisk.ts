/** Tests of what touches the machine's own disk: they are given it, as a program gives it. */
import { it, type Vitest } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Disk from "../src/File/Disk.ts"

const given =
  <R>(test: Vitest.Tester<R>) =>
  <A, E>(
    name: string,
    self: (
      context: Parameters<Parameters<Vitest.Tester<R>>[1]>[0]
    ) => Effect.Effect<A, E, R | Disk.Disk>,
    timeout?: number
  ): void =>
    test(name, (context) => Effect.provide(self(context), Disk.layer), timeout)

/** As those of `it`. */
export const onDisk = {
  effect: given(it.effect),
  scoped: given(it.scoped),
  live: given(it.live),
  scopedLive: given(it.scopedLive)
}
