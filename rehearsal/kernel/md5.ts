/**
 * The first 32 bits of a text's MD5, as Kinesis maps partition keys to shards. Keys are short, and there may be
 * millions: one block in plain arithmetic is faster than a call into OpenSSL. RFC 1321.
 */
import { hash } from "node:crypto";

const shifts = Int32Array.of(7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21);
const sines = Int32Array.from({ length: 64 }, (_, step) => Math.floor(Math.abs(Math.sin(step + 1)) * 2 ** 32));
const words = new Int32Array(16);
/** Bytes that fit into one block with its padding. */
const longest = 55;

export function md5Start(text: string): number {
  if (text.length > longest || !ascii(text)) return hash("md5", text, "buffer").readUInt32BE(0);
  words.fill(0);
  for (let index = 0; index < text.length; index += 1) {
    words[index >> 2]! |= text.charCodeAt(index) << ((index & 3) << 3);
  }
  words[text.length >> 2]! |= 0x80 << ((text.length & 3) << 3);
  words[14] = text.length << 3;
  let a = 0x67452301;
  let b = 0xefcdab89 | 0;
  let c = 0x98badcfe | 0;
  let d = 0x10325476;
  for (let step = 0; step < 16; step += 1) {
    const sum = (a + ((b & c) | (~b & d)) + sines[step]! + words[step]!) | 0;
    const shift = shifts[step & 3]!;
    a = d;
    d = c;
    c = b;
    b = (b + ((sum << shift) | (sum >>> (32 - shift)))) | 0;
  }
  for (let step = 16; step < 32; step += 1) {
    const sum = (a + ((d & b) | (~d & c)) + sines[step]! + words[(5 * step + 1) & 15]!) | 0;
    const shift = shifts[4 | (step & 3)]!;
    a = d;
    d = c;
    c = b;
    b = (b + ((sum << shift) | (sum >>> (32 - shift)))) | 0;
  }
  for (let step = 32; step < 48; step += 1) {
    const sum = (a + (b ^ c ^ d) + sines[step]! + words[(3 * step + 5) & 15]!) | 0;
    const shift = shifts[8 | (step & 3)]!;
    a = d;
    d = c;
    c = b;
    b = (b + ((sum << shift) | (sum >>> (32 - shift)))) | 0;
  }
  for (let step = 48; step < 64; step += 1) {
    const sum = (a + (c ^ (b | ~d)) + sines[step]! + words[(7 * step) & 15]!) | 0;
    const shift = shifts[12 | (step & 3)]!;
    a = d;
    d = c;
    c = b;
    b = (b + ((sum << shift) | (sum >>> (32 - shift)))) | 0;
  }
  const first = (a + 0x67452301) | 0;
  // The digest begins with the lowest byte.
  return (((first & 0xff) << 24) | ((first & 0xff00) << 8) | ((first >>> 8) & 0xff00) | (first >>> 24)) >>> 0;
}

function ascii(text: string): boolean {
  for (let index = 0; index < text.length; index += 1) if (text.charCodeAt(index) > 127) return false;
  return true;
}
