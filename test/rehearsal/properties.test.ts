/**
 * What holds of every rehearsal, over random worlds: one run each, judged by all accountants.
 *
 * HOLDFAST_RUNS: how many worlds (1,200). HOLDFAST_SEED: which (1); a counterexample comes again with its seed.
 */
import * as fc from "fast-check";
import { type Accountant, accountants, ofCycles } from "./worlds/accountants.ts";
import { features, Shares } from "./worlds/features.ts";
import { type Played, playWorld } from "./worlds/judge.ts";
import { type CyclicForm, cyclicForm, type WorldForm, worldForm } from "./worlds/plan.ts";
import { planted } from "./worlds/planted.ts";
import { build } from "./worlds/world.ts";

const runs = Number(process.env.HOLDFAST_RUNS ?? 1_200);
const seed = Number(process.env.HOLDFAST_SEED ?? 1);
/** Runs of worlds with cycles, and of worlds that are played twice. */
const fewerRuns = Math.ceil(runs / 5);
/** Worlds in which a planted fault has to be noticed. */
const plantedRuns = 600;
const longMs = 3_600_000;

/** Judges one run: throws what an accountant has to say. */
function judge(accountant: Accountant, played: Played): void {
  const wrong = accountant(played);
  if (wrong.length > 0) throw new Error(wrong.join("\n"));
}

/** Plays all worlds once, and remembers which accountants had anything to say. */
async function playAll<F>(
  arbitrary: fc.Arbitrary<F>,
  numRuns: number,
  judges: Readonly<Record<string, Accountant>>,
  playOne: (form: F) => Promise<Played>,
  note?: (played: Played) => void,
): Promise<Set<string>> {
  const complaining = new Set<string>();
  const property = fc.asyncProperty(arbitrary, async (form) => {
    let played: Played;
    try {
      played = await playOne(form);
    } catch {
      complaining.add("plays");
      return;
    }
    note?.(played);
    for (const [name, accountant] of Object.entries(judges)) if (accountant(played).length > 0) complaining.add(name);
  });
  await fc.assert(property, { numRuns, seed });
  return complaining;
}

describe.each<{ what: string; judges: Readonly<Record<string, Accountant>>; cycles: boolean }>([
  { what: "a world", judges: accountants, cycles: false },
  { what: "a world with cycles", judges: ofCycles, cycles: true },
])("$what", ({ judges, cycles }) => {
  const shares = new Shares();
  let complaining: Set<string>;
  const playCyclic = async ({ world, back }: CyclicForm): Promise<Played> => await playWorld(build(world, back));
  const playPlain = async (form: WorldForm): Promise<Played> => await playWorld(build(form));
  const numRuns = cycles ? fewerRuns : runs;

  beforeAll(async () => {
    complaining = cycles
      ? await playAll(cyclicForm, numRuns, judges, playCyclic)
      : await playAll(worldForm, numRuns, judges, playPlain, (played) => shares.note(played));
  }, longMs);

  /** Plays again until the first counterexample, and makes it small. */
  async function show(accountant: Accountant): Promise<void> {
    const cyclic = fc.asyncProperty(cyclicForm, async (form) => judge(accountant, await playCyclic(form)));
    const plain = fc.asyncProperty(worldForm, async (form) => judge(accountant, await playPlain(form)));
    await (cycles ? fc.assert(cyclic, { numRuns, seed }) : fc.assert(plain, { numRuns, seed }));
  }

  it(
    "can be played to its end",
    async () => {
      if (complaining.has("plays")) await show(() => []);
      expect(complaining).not.toContain("plays");
    },
    longMs,
  );

  it.each(Object.keys(judges))(
    "%s",
    async (name) => {
      const accountant = judges[name];
      if (accountant !== undefined && complaining.has(name)) await show(accountant);
      expect(complaining).not.toContain(name);
    },
    longMs,
  );

  if (cycles) return;

  it.each(Object.entries(features))("%s often enough", (name, { floor }) => {
    expect(shares.runs).toBe(numRuns);
    expect(shares.of(name)).toBeGreaterThanOrEqual(floor);
  });

  it("is safe often, and then ends events in a net in a third of the runs", () => {
    expect(shares.safe).toBeGreaterThan(numRuns / 3);
    expect(shares.inNets / shares.safe).toBeGreaterThan(1 / 3);
  });
});

describe("a planted fault is noticed", () => {
  it.each(planted)(
    "$accountant: $title",
    async ({ accountant, deviation, plant }) => {
      const judgeIt = accountants[accountant];
      if (judgeIt === undefined) throw new Error(`no accountant ${accountant}`);
      const restore = plant?.();
      try {
        const property = fc.asyncProperty(worldForm, async (form) => {
          let played: Played;
          try {
            played = await playWorld(build(form), deviation === undefined ? [] : [deviation]);
          } catch {
            // That the engine notices by itself is not what is asked here.
            return;
          }
          judge(judgeIt, played);
        });
        const { failed } = await fc.check(property, { numRuns: plantedRuns, seed: 1, endOnFailure: true });
        expect(failed).toBe(true);
      } finally {
        restore?.();
      }
    },
    longMs,
  );

  it("every accountant has one", () => {
    expect(new Set(planted.map(({ accountant }) => accountant))).toEqual(new Set(Object.keys(accountants)));
  });
});

it(
  "the same world gives the same result",
  async () => {
    const property = fc.asyncProperty(worldForm, async (form) => {
      const [first, second] = [await playWorld(build(form)), await playWorld(build(form))];
      expect(JSON.stringify(second.result)).toBe(JSON.stringify(first.result));
    });
    await fc.assert(property, { numRuns: fewerRuns, seed });
  },
  longMs,
);
