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
    hex32(this.uint32(), 0);
    // The version is 4, the variant that of RFC 9562.
    hex32((this.uint32() & 0xffff0fff) | 0x4000, 8);
    hex32((this.uint32() & 0x3fffffff) | 0x80000000, 16);
    hex32(this.uint32(), 24);
    return digits.toString("latin1");
  }
}

/** The text of a UUID while it is made: a string put together of its parts would leave them all to the collector. */
const digits = Buffer.from("00000000-0000-0000-0000-000000000000", "latin1");
/** Where the 32 digits of a UUID stand in its text. */
const places = Uint8Array.from(digits.keys()).filter((place) => digits[place] !== 0x2d);
const hexDigits = Buffer.from("0123456789abcdef", "latin1");

/** Writes a number as eight digits, the first of them the `from`th of the UUID. */
function hex32(value: number, from: number): void {
  for (let index = 0; index < 8; index += 1) {
    digits[places[from + index]!] = hexDigits[(value >>> (28 - 4 * index)) & 0xf]!;
  }
}
