/** One way of doing something against another, measured so that a busy machine troubles both alike. */

/** The medians of a paired measurement. */
export interface Paired {
  readonly pairs: number;
  /** Milliseconds. */
  readonly ours: number;
  /** Milliseconds. */
  readonly theirs: number;
  /** Median of the ratios ours ÷ theirs of each pair; not the ratio of the medians. */
  readonly ratio: number;
  /** Half of the pairs lie between these two ratios. */
  readonly quartiles: readonly [number, number];
}

/**
 * Runs both in turn, a pair at a time, and takes the median of the pairs' ratios: what slows the machine for a while
 * slows both halves of a pair. Who goes first changes from pair to pair, so that neither always finds the other's
 * garbage or warm caches.
 * @param ours does it once and says how many milliseconds it took
 */
export async function paired(
  pairs: number,
  warmUps: number,
  ours: () => number | Promise<number>,
  theirs: () => number | Promise<number>,
): Promise<Paired> {
  for (let round = 0; round < warmUps; round += 1) {
    await ours();
    await theirs();
  }
  const taken: { ours: number; theirs: number }[] = [];
  for (let round = 0; round < pairs; round += 1) {
    if (round % 2 === 0) {
      const first = await ours();
      taken.push({ ours: first, theirs: await theirs() });
    } else {
      const first = await theirs();
      taken.push({ ours: await ours(), theirs: first });
    }
  }
  const ratios = taken.map((pair) => pair.ours / pair.theirs);
  const median = (values: readonly number[]): number => quantile(values, 0.5);
  return {
    pairs,
    ours: median(taken.map((pair) => pair.ours)),
    theirs: median(taken.map((pair) => pair.theirs)),
    ratio: median(ratios),
    quartiles: [quantile(ratios, 0.25), quantile(ratios, 0.75)],
  };
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (sorted.length - 1) * share;
  const below = sorted[Math.floor(at)] ?? Number.NaN;
  const above = sorted[Math.ceil(at)] ?? Number.NaN;
  return below + (above - below) * (at - Math.floor(at));
}

/**
 * Milliseconds of processor time, the program's and the system's, that something takes: what it takes by the clock on an
 * idle machine, as long as it waits for nothing. A synth waits for nothing; and the clock of a machine that others use
 * measures the others.
 */
export function processorTime(work: () => void): number {
  const start = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000;
}
