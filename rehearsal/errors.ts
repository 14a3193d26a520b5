/** A rehearsal that cannot go on: the command ends with status 2 and says this one line. */

import { formatDuration, parseDuration } from "./duration.ts";

/** An event reached something that is not known: an end, a policy or a function's behaviour. */
export class UnknownReached extends Error {
  override readonly name = "UnknownReached";
}

/** Something of the scenario that would never happen. @param place such as `scenario.json: send[1]` */
export function afterTheEnd(place: string, atMs: number, lastMs: number): BadScenario {
  const exact = (ms: number): string => {
    const text = formatDuration(ms);
    return parseDuration(text) === ms ? text : `${ms}ms`;
  };
  const [at, last] = [exact(atMs), exact(lastMs)];
  return new BadScenario(
    `${place}.at: ${at} is after the end of the run, ${last}; let it come earlier, or give a later "until"`,
  );
}

/** A scenario that cannot be used. The message names the file, the place in it and what would be right. */
export class BadScenario extends Error {
  override readonly name = "BadScenario";
}

/** The first line of what an error says. */
export function firstLine(error: unknown): string {
  const [first = ""] = (error instanceof Error ? error.message : String(error)).split("\n");
  return first;
}

/**
 * Reads part of a scenario that is a module: what a getter or proxy of it throws is the scenario's error.
 * @param place names it.
 */
export function readable<T>(place: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof BadScenario ? error : new BadScenario(`${place}: cannot be read: ${firstLine(error)}`);
  }
}
