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
    const [a, b, c, d] = [this.uint32(), this.uint32(), this.uint32(), this.uint32()];
    const version = 0x4000 | (b & 0x0fff);
    const variant = 0x8000 | ((c >>> 16) & 0x3fff);
    return `${hex16(a >>> 16)}${hex16(a)}-${hex16(b >>> 16)}-${hex16(version)}-${hex16(variant)}-${hex16(c)}${hex16(d >>> 16)}${hex16(d)}`;
  }
}

const hexBytes = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

function hex16(value: number): string {
  return hexBytes[(value >>> 8) & 0xff]! + hexBytes[value & 0xff]!;
}
