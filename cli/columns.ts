/** How many columns of a terminal a text takes. */

/**
 * What takes two columns: East Asian wide and full-width letters, and emoji that are shown as pictures
 * (https://www.unicode.org/reports/tr11/).
 */
const wide =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Bopomofo}\p{Script=Yi}\p{Emoji_Presentation}\u{3000}-\u{303E}\u{FE30}-\u{FE6F}\u{FF01}-\u{FF60}\u{FFE0}-\u{FFE6}]/u;
/** What stands on or beside the letter before it, and what is not shown. */
const without = /^[\p{Mark}\p{Cf}\p{Cc}]$/u;
const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });
/** Text of which every character is one column. */
const plain = /^[\u0020-\u007e\u2190-\u2193\u2026\u00d7]*$/;

/** Letters as a reader sees them: what must not be torn apart. */
export function letters(text: string): string[] {
  return plain.test(text) ? Array.from(text) : Array.from(graphemes.segment(text), ({ segment }) => segment);
}

/** Columns that a text takes. */
export function columns(text: string): number {
  if (plain.test(text)) return text.length;
  return letters(text).reduce((sum, letter) => sum + columnsOf(letter), 0);
}

function columnsOf(letter: string): number {
  if (wide.test(letter) || letter.includes("\ufe0f")) return 2;
  const shown = Array.from(letter).filter((one) => !without.test(one));
  return shown.length;
}

/** A text filled up with spaces to so many columns. */
export function padded(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, width - columns(text)));
}
