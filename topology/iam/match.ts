/**
 * What the patterns of policies match. Either side may have parts that are not known before the apply: `⟨reference⟩` in
 * a pattern (`unknownText`), {@link unknownPlace} and {@link unknownName} in what it is compared with.
 */
import { hasUnknown, referencesIn } from "../configuration.ts";
import { type Answer, all, any } from "./answers.ts";

/** A Region or an account id that the configuration does not tell. */
export const unknownPlace = "\uE000";
/** Part of a name that AWS gives, or that is not known. */
export const unknownName = "\uE001";
/** How {@link fits} sees a pattern's unknown part. */
const hole = "\u27e8";

/** Whether `*` and `?` of a pattern match a text; in time of the two lengths' product at most. */
export function matchesWildcard(pattern: string, text: string): boolean {
  let [at, from] = [0, 0];
  let star: { readonly at: number; readonly from: number } | undefined;
  while (from < text.length) {
    const wanted = pattern[at];
    if (wanted === "*") {
      star = { at, from };
      at += 1;
    } else if (wanted !== undefined && (wanted === "?" || wanted === text[from])) {
      at += 1;
      from += 1;
    } else if (star !== undefined) {
      star = { at: star.at, from: star.from + 1 };
      at = star.at + 1;
      from = star.from;
    } else return false;
  }
  return /^\**$/.test(pattern.slice(at));
}

/**
 * Whether a pattern matches a text, either with unknown parts. `trusting`: a Region or account that is not known is
 * taken for the one that the pattern names.
 */
export function matchesText(pattern: string, text: string, trusting: boolean): Answer {
  if (pattern === "*") return "yes";
  if (!hasUnknown(pattern) && !/[\uE000\uE001]/.test(text)) return matchesWildcard(pattern, text) ? "yes" : "no";
  const tokens = pattern.replaceAll(/\u27e8[^\u27e9]*\u27e9/g, hole);
  if (fits(tokens, text, "")) return "yes";
  if (text.includes(unknownPlace) && fits(tokens, text, unknownPlace)) return trusting ? "yes" : "maybe";
  return fits(tokens, text, unknownPlace + unknownName + hole) ? "maybe" : "no";
}

/**
 * Whether a pattern fits a text where the marks in `open` may stand for anything that suits, and all other marks for
 * nothing that is known: only `*` takes those. The usual table over both lengths.
 */
function fits(pattern: string, text: string, open: string): boolean {
  const [rows, columns] = [pattern.length + 1, text.length + 1];
  const reached = new Uint8Array(rows * columns);
  reached[0] = 1;
  for (let i = 0; i < rows; i += 1) {
    for (let j = 0; j < columns; j += 1) {
      if (reached[i * columns + j] === 0) continue;
      const [wanted, own] = [pattern[i], text[j]];
      const isWild = wanted === "*" || (wanted === hole && open.includes(hole));
      const isOpen = own !== undefined && open.includes(own);
      // A wild part takes one more of the text, an open part of the text one more of the pattern, or either ends.
      if (own !== undefined && (isWild || isOpen)) reached[i * columns + j + 1] = 1;
      if (wanted !== undefined && (isWild || (isOpen && mayHold(own, wanted)))) reached[(i + 1) * columns + j] = 1;
      if (wanted !== undefined && own !== undefined && (wanted === own || (wanted === "?" && !isMark(own))))
        reached[(i + 1) * columns + j + 1] = 1;
    }
  }
  return reached[rows * columns - 1] === 1;
}

/** What an unknown part cannot hold: neither has a slash, a Region and an account have no colon. */
function mayHold(mark: string, character: string): boolean {
  return character !== "/" && !(mark === unknownPlace && character === ":");
}

function isMark(character: string): boolean {
  return character === unknownPlace || character === unknownName;
}

/**
 * Whether a pattern matches an ARN: each of the six parts between colons for itself. One with fewer parts is completed
 * with wildcards. A wildcard that would have to reach over a colon is not known to match.
 *
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_ARN
 */
export function matchesArn(pattern: string, arn: string, trusting: boolean): Answer {
  if (!pattern.startsWith("arn:")) return matchesText(pattern, arn, trusting);
  const wanted = segments(pattern);
  const answer = all(segments(arn).map((own, index) => matchesText(wanted[index] ?? "*", own, trusting)));
  return answer === "no" && matchesText(pattern, arn, trusting) !== "no" ? "maybe" : answer;
}

function segments(arn: string): string[] {
  const parts = arn.split(":");
  return parts.length <= 6 ? parts : [...parts.slice(0, 5), parts.slice(5).join(":")];
}

/** Something that a pattern is compared with. */
export interface Subject {
  readonly address: string;
  /**
   * The forms that a policy may name it by, any of which is enough. What the configuration refers to has stand-ins for
   * what is not known; a second form has marks there instead.
   */
  readonly arns: readonly string[];
  /** False where its name stands in for one that AWS or an unknown value gives. */
  readonly nameKnown: boolean;
  /** Whose it is, null where nothing tells. */
  readonly accountId: string | null;
  /** Null where nothing tells. */
  readonly region: string | null;
  /** The provider configuration that makes it: what one makes is in one account. Null where the source does not tell. */
  readonly provider: string | null;
  /** Whether the forms are not the plain ARN, but made from it: objects of a bucket, the stream of a table. */
  readonly derived?: boolean;
}

/** Whether a pattern of a policy matches a subject. */
export function matchesSubject(pattern: string, subject: Subject, trusting: boolean): Answer {
  if (hasUnknown(pattern)) return matchesUnknown(pattern, subject, trusting);
  const answer = any(subject.arns.map((arn) => matchesArn(pattern, arn, trusting)));
  if (answer !== "no" || subject.nameKnown) return answer;
  const parts = pattern.split(":");
  // A name that is not known yet may be what a wildcard says; it is hardly what someone has written out.
  const mayBe = (arn: string): boolean =>
    matchesArn([...parts.slice(0, 5), "*"].join(":"), arn, trusting) !== "no" && /[*?]/.test(pattern);
  return parts.length >= 6 && subject.arns.some(mayBe) ? "maybe" : "no";
}

/**
 * A pattern of which a part is not known. A whole ARN of the subject is the subject; of what is made from it, from a
 * value, or from something outside, only the known parts can tell that it is not. A plan shows references without the
 * text around them, so that an ARN may stand for a form of it (`/*`, `/stream/*`) where the action needs one.
 */
function matchesUnknown(pattern: string, subject: Subject, trusting: boolean): Answer {
  const references = referencesIn(pattern);
  const own = references.filter((one) => one === subject.address || one.startsWith(`${subject.address}.`));
  const rest = pattern.replaceAll(/\u27e8[^\u27e9]*\u27e9/g, "");
  if (own.length > 0) {
    const isArn = own.some((one) => one === subject.address || /\.(?:\w+_)?arn$/.test(one));
    return isArn && rest === "" && subject.derived !== true ? "yes" : "maybe";
  }
  const another = (one: string): boolean =>
    !/(?:^|\.)data\./.test(one) &&
    /(?:^|\.)aws_\w+\.[\w-]+(?:\[(?:\d+|"(?:[^"\\]|\\.)*")\])?\.(?:\w+_)?(?:arn|id|url)$/.test(one);
  // A pattern that begins with the ARN of something else, not one that has its id somewhere inside.
  if (pattern.startsWith(hole) && references.length > 0 && references.every(another)) return "no";
  const wildcard = pattern.replaceAll(/(?:\u27e8[^\u27e9]*\u27e9)+/g, "*");
  const known = { ...subject, nameKnown: true };
  if (subject.nameKnown && matchesSubject(wildcard, known, true) === "no") return "no";
  return references.length > 0 && references.every(isOwnPlace) ? matchesSubject(wildcard, subject, trusting) : "maybe";
}

/** Whether a reference is to the account, Region or partition that the configuration is applied in. */
export function isOwnPlace(reference: string): boolean {
  return /\bdata\.aws_(?:caller_identity|region|partition)\./.test(reference);
}
