/** Sets HOLDFAST for one test after the other: what the infrastructure says about the queues of the tests. */
import { FIFO, STANDARD } from "./events.ts";

export function holdfast(value: unknown): void {
  process.env["HOLDFAST"] = typeof value === "string" ? value : JSON.stringify(value);
}

/** The same settings for both queues. */
export function responds(response: string, more: Readonly<Record<string, unknown>> = {}): void {
  const entry = { response, timeout: 30, ...more };
  holdfast({ sources: { [STANDARD]: entry, [FIFO]: entry } });
}

export function noSettings(): void {
  delete process.env["HOLDFAST"];
}
