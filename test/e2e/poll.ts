/** Waiting for what takes its time, with an end and without fixed sleeps. */
import { setTimeout as sleep } from "node:timers/promises";

/** What was waited for did not come. */
export class NotInTime extends Error {
  override readonly name = "NotInTime";
}

const STEP_MILLISECONDS = 200;

/**
 * Looks again and again until `look` gives something.
 * @throws {NotInTime} after `seconds`, with the last thing that was seen.
 */
export async function until<T>(
  what: string,
  seconds: number,
  look: (seen: (state: string) => void) => Promise<T | undefined>,
): Promise<T> {
  const deadline = Date.now() + seconds * 1000;
  let last = "nothing";
  for (;;) {
    const found = await look((state) => {
      last = state;
    });
    if (found !== undefined) return found;
    if (Date.now() >= deadline) throw new NotInTime(`${what}: not within ${seconds} s; last seen: ${last}`);
    await sleep(STEP_MILLISECONDS);
  }
}
