/**
 * The first 32 bits of a text's MD5, as Kinesis maps partition keys to shards. Keys are short, and there may be
 * millions: one block in plain arithmetic is faster than a call into OpenSSL. RFC 1321.
 */
import { hash } from "node:crypto";

const shifts = Int32Array.of(7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21);
/** ⌊2³² |sin n|⌋ for n from 1 to 64: a table, since the last bit of a sine is left to the implementation. */
// biome-ignore format: eight in a row
const sines = Int32Array.of(
  0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a, 0xa8304613, 0xfd469501,
  0x698098d8, 0x8b44f7af, 0xffff5bb1, 0x895cd7be, 0x6b901122, 0xfd987193, 0xa679438e, 0x49b40821,
  0xf61e2562, 0xc040b340, 0x265e5a51, 0xe9b6c7aa, 0xd62f105d, 0x02441453, 0xd8a1e681, 0xe7d3fbc8,
  0x21e1cde6, 0xc33707d6, 0xf4d50d87, 0x455a14ed, 0xa9e3e905, 0xfcefa3f8, 0x676f02d9, 0x8d2a4c8a,
  0xfffa3942, 0x8771f681, 0x6d9d6122, 0xfde5380c, 0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70,
  0x289b7ec6, 0xeaa127fa, 0xd4ef3085, 0x04881d05, 0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665,
  0xf4292244, 0x432aff97, 0xab9423a7, 0xfc93a039, 0x655b59c3, 0x8f0ccc92, 0xffeff47d, 0x85845dd1,
  0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1, 0xf7537e82, 0xbd3af235, 0x2ad7d2bb, 0xeb86d391,
);
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
