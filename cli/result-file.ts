/** A file for a result: there whole, or not at all. */
import { closeSync, openSync, realpathSync, renameSync, rmSync, statSync, writeSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { UnreadableSource } from "../topology/configuration.ts";
import { systemMessage } from "./terminal.ts";

/** Where a result is written. */
export interface ResultFile {
  /** Adds to the result. */
  readonly put: (text: string) => void;
  /** Puts the result in its place. */
  readonly finish: () => void;
  /** Leaves everything as it was, unless it is finished. */
  readonly abandon: () => void;
}

/**
 * Makes sure that a result can be written before anything is run. A file is written beside its place and moved there at
 * the end; what is no file (a pipe, a device) is written to directly.
 *
 * @param option how messages name it
 * @throws {UnreadableSource} where it cannot be written
 */
export function resultFile(path: string, option: string): ResultFile {
  const named = <T>(action: () => T): T => {
    try {
      return action();
    } catch (error) {
      throw new UnreadableSource(
        `${option}: ${path}: cannot be written: ${systemMessage(error, "") ?? String(error)}; name a file in a directory that may be written to, or - for standard output`,
      );
    }
  };
  const existing = named(() => statSync(path, { throwIfNoEntry: false }));
  if (existing?.isDirectory() === true) {
    throw new UnreadableSource(`${option}: ${path}: a directory; name a file, or - for standard output`);
  }
  if (existing !== undefined && !existing.isFile()) {
    const file = named(() => openSync(path, "w"));
    return { put: (text) => named(() => whole(file, text)), finish: () => closeSync(file), abandon: () => undefined };
  }
  // A link stays one, and what it leads to is replaced.
  const target = existing === undefined ? path : named(() => realpathSync(path));
  const beside = join(dirname(target), `.${basename(target)}.${process.pid}`);
  const mode = existing === undefined ? 0o666 : existing.mode;
  let file: number | undefined;
  const open = (): number => (file ??= openSync(beside, "wx", mode));
  const abandon = (): void => {
    if (file === undefined) return;
    closeSync(file);
    rmSync(beside, { force: true });
    file = undefined;
  };
  // Not left open through a long run: one that is killed leaves nothing behind.
  named(open);
  abandon();
  return {
    put: (text) => named(() => whole(open(), text)),
    finish: () => {
      const done = named(open);
      closeSync(done);
      file = undefined;
      named(() => renameSync(beside, target));
    },
    abandon,
  };
}

/** Writes all of a text: one call may write less. */
function whole(file: number, text: string): void {
  const bytes = Buffer.from(text);
  for (let written = 0; written < bytes.length; ) written += writeSync(file, bytes, written);
}
