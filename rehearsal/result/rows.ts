/**
 * A long list of JSON rows, sorted by time when it is read. Rows beyond a budget are kept in a temporary file, which is
 * gone once the list is closed; what stays in memory is a few numbers per row.
 */
import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Bytes kept in memory before they are spooled. */
const memoryBudget = 4 * 1_048_576;
/** With what the memory begins: a small run needs no more. */
const firstBytes = 16_384;
/** A character is at most so many bytes of UTF-8. */
const mostBytesPerCharacter = 3;
const pieceBytes = 524_288;
const mostPieces = 6;

interface Spool {
  readonly directory: string;
  readonly file: number;
}

export class Rows {
  readonly #at: number[] = [];
  readonly #order: number[] = [];
  /** Items whose fate decides whether the row is listed; null: always. */
  readonly #items: (readonly number[] | null)[] = [];
  readonly #starts: number[] = [];
  readonly #lengths: number[] = [];
  /**
   * What is not spooled yet, as bytes: texts of a long list that stand in the heap until they are written would be
   * copied by the garbage collector again and again.
   */
  #memory = Buffer.alloc(0);
  #used = 0;
  /** Where the memory begins, in the list of all bytes. */
  #spooled = 0;
  #spool: Spool | undefined;
  readonly #parent: string;

  /** @param parent where the temporary folder is made. */
  constructor(parent = tmpdir()) {
    this.#parent = parent;
  }

  get length(): number {
    return this.#at.length;
  }

  /**
   * @param at the time that it is sorted by.
   * @param order decides among equal times.
   * @param items the row is listed unless all of these are left out; null: always.
   */
  push(at: number, order: number, text: string, items: readonly number[] | null): void {
    this.#at.push(at);
    this.#order.push(order);
    this.#items.push(items);
    const most = text.length * mostBytesPerCharacter;
    if (this.#used > 0 && this.#used + most > memoryBudget) this.#spill();
    if (this.#used + most > this.#memory.length) this.#grow(this.#used + most);
    const length = this.#memory.write(text, this.#used);
    this.#starts.push(this.#spooled + this.#used);
    this.#lengths.push(length);
    this.#used += length;
  }

  #grow(bytes: number): void {
    const larger = Buffer.alloc(Math.max(bytes, firstBytes, Math.min(memoryBudget, this.#memory.length * 4)));
    this.#memory.copy(larger, 0, 0, this.#used);
    this.#memory = larger;
  }

  #spill(): void {
    if (this.#spool === undefined) {
      const directory = mkdtempSync(join(this.#parent, "holdfast-rows-"));
      this.#spool = { directory, file: openSync(join(directory, "rows"), "w+") };
      // An open file lives on without its name: a run that is killed leaves nothing behind. Windows refuses it.
      if (process.platform !== "win32") rmSync(directory, { recursive: true, force: true });
    }
    for (let written = 0; written < this.#used; ) {
      written += writeSync(this.#spool.file, this.#memory, written, this.#used - written);
    }
    this.#spooled += this.#used;
    this.#used = 0;
  }

  /** The rows in order of time. @param leftOut items whose rows are left out. */
  *read(leftOut: ((item: number) => boolean) | undefined): Generator<string> {
    const reader = new Pieces(this.#spool);
    for (const index of this.#sorted()) {
      const items = this.#items[index]!;
      if (leftOut !== undefined && items !== null && items.every(leftOut)) continue;
      const start = this.#starts[index]!;
      const length = this.#lengths[index]!;
      const from = start - this.#spooled;
      yield from >= 0 ? this.#memory.toString("utf8", from, from + length) : reader.text(start, length);
    }
  }

  #sorted(): Uint32Array {
    const indexes = new Uint32Array(this.#at.length);
    let inOrder = true;
    for (let index = 0; index < indexes.length; index += 1) {
      indexes[index] = index;
      if (index > 0 && this.#compare(index - 1, index) > 0) inOrder = false;
    }
    return inOrder ? indexes : indexes.toSorted((a, b) => this.#compare(a, b));
  }

  #compare(a: number, b: number): number {
    const byTime = this.#at[a]! - this.#at[b]!;
    return byTime === 0 ? this.#order[a]! - this.#order[b]! || a - b : byTime;
  }

  /** Removes the temporary file. */
  close(): void {
    if (this.#spool === undefined) return;
    closeSync(this.#spool.file);
    rmSync(this.#spool.directory, { recursive: true, force: true });
    this.#spool = undefined;
  }
}

/**
 * Reads a file in pieces. What is read next stands near what was read before, or near one of a few other places (what
 * was still open at the end of a run was written last, and belongs everywhere), so a few pieces are kept.
 */
class Pieces {
  readonly #spool: Spool | undefined;
  /** The one that was used last stands first. */
  readonly #pieces: { from: number; length: number; bytes: Buffer }[] = [];

  constructor(spool: Spool | undefined) {
    this.#spool = spool;
  }

  text(start: number, length: number): string {
    const pieces = this.#pieces;
    let rank = pieces.findIndex((piece) => start >= piece.from && start + length <= piece.from + piece.length);
    if (rank < 0) rank = this.#fill(start, length);
    const piece = pieces[rank]!;
    if (rank > 0) {
      pieces.splice(rank, 1);
      pieces.unshift(piece);
    }
    return piece.bytes.toString("utf8", start - piece.from, start - piece.from + length);
  }

  /** Reads around the place, not only behind it. @returns the rank of the piece. */
  #fill(start: number, length: number): number {
    const size = Math.max(pieceBytes, 2 * length);
    if (this.#pieces.length < mostPieces) this.#pieces.push({ from: 0, length: 0, bytes: Buffer.alloc(size) });
    const piece = this.#pieces.at(-1)!;
    if (piece.bytes.length < size) piece.bytes = Buffer.alloc(size);
    piece.from = Math.max(0, start - Math.floor(size / 4));
    piece.length =
      this.#spool === undefined ? 0 : readSync(this.#spool.file, piece.bytes, 0, piece.bytes.length, piece.from);
    return this.#pieces.length - 1;
  }
}
