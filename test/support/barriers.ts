/** Deterministic interleavings: what runs at the same time meets at named barriers instead of sleeping. */

/** A point in a program under test: it waits there until the test lets it go on. */
export interface Barrier {
  /** Called by what is under test; settles when the barrier is opened. */
  readonly wait: () => Promise<void>;
  /** Settles when the first has arrived. */
  readonly arrived: Promise<void>;
  /** Lets all go on, those that arrive later too. */
  readonly open: () => void;
}

/** A promise, and what settles it. */
function signal(): { settled: Promise<void>; settle: () => void } {
  const listeners: (() => void)[] = [];
  const settled = new Promise<void>((resolve) => {
    listeners.push(resolve);
  });
  return { settled, settle: () => listeners.forEach((listener) => listener()) };
}

export function barrier(): Barrier {
  const arrival = signal();
  const opening = signal();
  return {
    wait: () => {
      arrival.settle();
      return opening.settled;
    },
    arrived: arrival.settled,
    open: opening.settle,
  };
}

/** Lets everything run that can run without a timer or the network. */
export const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
