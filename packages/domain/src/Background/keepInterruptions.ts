/**
 * Effect up to 3.22.4 loses an interruption that arrives while a finalizer of a scope runs, when a
 * scope within that scope was closed before: the fiber goes on, and whoever waits for its end waits
 * for ever (a gateway that does not stop, a test that hangs). `Effect.addFinalizer` puts the fiber
 * refs back that it found when it began, and the ref of the interruption is among what it puts back
 * unless the fiber held that ref from its beginning.
 */

import type * as Effect from "effect/Effect"
import * as FiberRef from "effect/FiberRef"
import { identity } from "effect/Function"

/** To be run at the beginning of a fiber that others interrupt; what it forks needs no more. */
export const keepInterruptions: Effect.Effect<void> = FiberRef.update(
  FiberRef.interruptedCause,
  identity
)
