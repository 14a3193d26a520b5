/** The concurrent executions of an account that no function has reserved: all other functions share them. */
import type { Settings } from "../settings.ts";

export class UnreservedConcurrency {
  readonly #settings: Settings;
  readonly #reserved: number;
  #running = 0;

  /** @param reserved what the functions have reserved for themselves, all together. */
  constructor(settings: Settings, reserved: number) {
    this.#settings = settings;
    this.#reserved = reserved;
  }

  /** Takes a place; false where there is none. */
  enter(): boolean {
    const places = Math.max(0, this.#settings.peek("account.concurrency") - this.#reserved);
    if (this.#running >= places) {
      this.#settings.use("account.concurrency");
      return false;
    }
    this.#running += 1;
    return true;
  }

  leave(): void {
    this.#running -= 1;
  }
}
