import { assert, describe, it } from "@effect/vitest"
import { FairScheduler } from "../src/FairScheduler.ts"

/** A scheduler whose turns, time and timers are the test's. */
const world = () => {
  const clock = { now: 1_000, elsewhere: 0 }
  let turns: Array<() => void> = []
  let timers: Array<{ readonly at: number; readonly run: () => void }> = []
  const scheduler = new FairScheduler(() => clock.now, {
    onNextTurn: (run) => turns.push(run),
    onTime: (run, ms) => timers.push({ at: clock.now + ms, run })
  })
  return {
    clock,
    scheduler,
    /** The next turn, after so many ms; whether there was one to come. */
    turn: (ms = 0): boolean => {
      clock.now += ms
      const due = timers.filter(({ at }) => at <= clock.now)
      timers = timers.filter(({ at }) => at > clock.now)
      for (const { run } of due) run()
      const now = turns
      turns = []
      for (const run of now) run()
      return turns.length > 0
    }
  }
}

describe("FairScheduler", () => {
  it("lets a client alone do much in a turn, and what is over wait for the next", () => {
    const { scheduler, turn } = world()
    const mine = scheduler.of("mine")
    assert.isTrue(mine.spend(7_999))
    assert.isFalse(mine.spend(1))
    const done: Array<number> = []
    for (const number of [1, 2, 3])
      mine.defer(() => {
        done.push(number)
        mine.spend(5_000)
      })
    assert.isTrue(mine.isOver())
    turn()
    assert.deepStrictEqual(done, [1, 2])
    turn()
    assert.deepStrictEqual(done, [1, 2, 3])
    // Nothing is left: the loop may sleep.
    turn()
    assert.isFalse(turn())
    assert.isFalse(mine.isOver())
  })

  it("lets nobody do much in a turn beside another one, as long as that is there", () => {
    const { clock, scheduler, turn } = world()
    const [mine, other] = [scheduler.of("mine"), scheduler.of("other")]
    mine.spend(1)
    other.spend(1)
    assert.isFalse(mine.spend(1_000))
    // The other one's time is its own.
    assert.isTrue(other.spend(900))
    turn()
    assert.isTrue(mine.spend(900))
    turn(11_000)
    turn()
    clock.now += 1
    assert.isTrue(mine.spend(5_000))
  })

  it("keeps the order of what waits, and what comes meanwhile waits behind it", () => {
    const { scheduler, turn } = world()
    const mine = scheduler.of("mine")
    mine.spend(8_000)
    const done: Array<string> = []
    const ask = (name: string) => {
      const begin = () => {
        done.push(name)
        mine.spend(8_000)
      }
      if (mine.isOver()) mine.defer(begin)
      else begin()
    }
    ask("one")
    ask("two")
    turn()
    ask("three")
    turn()
    turn()
    turn()
    assert.deepStrictEqual(done, ["one", "two", "three"])
  })

  it("counts what comes of going on before it came", () => {
    const { scheduler, turn } = world()
    const mine = scheduler.of("mine")
    mine.spend(8_000)
    let bodies = 0
    for (let index = 0; index < 200; index++) mine.defer(() => bodies++, 100)
    turn()
    assert.strictEqual(bodies, 80)
    turn()
    assert.strictEqual(bodies, 160)
  })

  it("pauses whoever made a turn long, so that others get on; and goes on by itself", () => {
    const { scheduler, turn } = world()
    const [mine, other] = [scheduler.of("mine"), scheduler.of("other")]
    other.spend(100)
    mine.spend(2_000)
    let went = false
    mine.defer(() => {
      went = true
    })
    turn(20)
    assert.isFalse(went)
    assert.isTrue(mine.isOver())
    assert.isFalse(other.isOver())
    turn(60)
    assert.isFalse(went)
    turn(70)
    turn()
    assert.isTrue(went)
    assert.isFalse(mine.isOver())
  })

  it("takes what stands for many for nobody that others have to share with", () => {
    const { scheduler } = world()
    const [mine, newConnections] = [scheduler.of("mine"), scheduler.of("new connections", false)]
    for (let index = 0; index < 5; index++) {
      mine.spend(1)
      newConnections.spend(1)
    }
    assert.isTrue(mine.spend(5_000))
  })

  it("blames nobody for a long turn in which nobody did much", () => {
    const { scheduler, turn } = world()
    const [mine, other] = [scheduler.of("mine"), scheduler.of("other")]
    other.spend(100)
    mine.spend(900)
    turn(200)
    assert.isFalse(mine.isOver())
    assert.isFalse(other.isOver())
  })

  it("blames nobody for a turn in which the machine did something else", () => {
    const { clock, scheduler, turn } = world()
    const [mine, other] = [scheduler.of("mine"), scheduler.of("other")]
    other.spend(100)
    mine.spend(2_000)
    // The first turn in which both are there is not measured yet.
    turn(1)
    mine.spend(2_000)
    clock.elsewhere += 199.5
    turn(200)
    assert.isFalse(mine.isOver())
  })

  it("forgets nothing and keeps nothing, however much waits", () => {
    const { scheduler, turn } = world()
    const mine = scheduler.of("mine")
    let done = 0
    for (let index = 0; index < 50_000; index++)
      mine.defer(() => {
        done++
        mine.spend(100)
      })
    let turns = 0
    while (turn()) turns++
    assert.strictEqual(done, 50_000)
    assert.isBelow(turns, 700)
    assert.isFalse(mine.isWaiting)
  })

  it("forgets the shares of clients that do nothing when there are many", () => {
    const { scheduler } = world()
    const busy = scheduler.of("busy")
    busy.spend(1)
    const idle = scheduler.of("idle")
    for (let index = 0; index < 2_000; index++) scheduler.of(`client ${index}`)
    assert.strictEqual(scheduler.of("busy"), busy)
    assert.notStrictEqual(scheduler.of("idle"), idle)
    assert.isAtMost(scheduler.size, 1_024)
  })
})
