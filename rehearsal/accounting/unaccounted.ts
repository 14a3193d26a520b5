/** Cargo ended, and nothing says what became of its events. */
export class Unaccounted extends Error {
  override readonly name = "Unaccounted";
}
