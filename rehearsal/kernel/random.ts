/**
 * Seeded random numbers (sfc32). Each part of a rehearsal draws from a stream of its own, named after it, so that one
 * part that draws more does not change what another draws.
 */
export class Random {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  /**
   * @param seed any integer.
   * @param name whose stream it is.
   */
  constructor(seed: number, name: string) {
    let hash = (0x811c9dc5 ^ Math.trunc(seed)) >>> 0;
    for (let index = 0; index < name.length; index += 1) {
      hash = Math.imul(hash ^ name.charCodeAt(index), 0x01000193) >>> 0;
    }
    this.#a = hash;
    this.#b = Math.trunc(seed / 0x1_0000_0000) >>> 0;
    this.#c = Math.trunc(seed) >>> 0;
    for (let round = 0; round < 12; round += 1) this.uint32();
  }

  /** 0 ≤ n < 2³². */
  uint32(): number {
    const sum = (this.#a + this.#b + this.#counter) >>> 0;
    this.#counter = (this.#counter + 1) >>> 0;
    this.#a = (this.#b ^ (this.#b >>> 9)) >>> 0;
    this.#b = (this.#c + (this.#c << 3)) >>> 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) >>> 0;
    return sum;
  }

  /** 0 ≤ x < 1. */
  fraction(): number {
    return this.uint32() / 0x1_0000_0000;
  }

  /** A UUID of version 4. */
  uuid(): string {
    const a = hex8(this.uint32());
    const b = hex8(this.uint32());
    const c = hex8(this.uint32());
    const d = hex8(this.uint32());
    const variant = (8 + (Number.parseInt(c.slice(0, 1), 16) & 3)).toString(16);
    return `${a}-${b.slice(0, 4)}-4${b.slice(5)}-${variant}${c.slice(1, 4)}-${c.slice(4)}${d}`;
  }
}

function hex8(value: number): string {
  return value.toString(16).padStart(8, "0");
}
