/** Patterns against texts: with what is known, and with parts that are not. */
import * as fc from "fast-check";
import {
  matchesArn,
  matchesSubject,
  matchesText,
  matchesWildcard,
  unknownName,
  unknownPlace,
} from "../../../topology/iam/match.ts";
import { queue, queueArn, subject } from "../../support/iam.ts";
import { runs } from "../../support/properties.ts";

/** What a pattern means, as a regular expression. */
function asExpression(pattern: string): RegExp {
  const escaped = pattern.replaceAll(/[.+^${}()|[\]\\]/g, String.raw`\$&`);
  return new RegExp(`^${escaped.replaceAll("*", "[^]*").replaceAll("?", "[^]")}$`);
}

const few = (characters: string, maxLength: number) =>
  fc.string({ unit: fc.constantFrom(...characters.split("")), maxLength });

describe("wildcards", () => {
  test("match what the regular expression matches", () => {
    let [matched, refused] = [0, 0];
    fc.assert(
      fc.property(few("ab*?", 8), few("ab", 10), (pattern, text) => {
        const expected = asExpression(pattern).test(text);
        if (expected) matched += 1;
        else refused += 1;
        expect(matchesWildcard(pattern, text)).toBe(expected);
      }),
      runs(2_000),
    );
    // Neither answer is rare.
    expect(Math.min(matched, refused)).toBeGreaterThan(100);
  });

  test("take no time that grows with the number of stars", () => {
    const text = "a".repeat(2_000);
    const started = performance.now();
    expect(matchesWildcard(`${"*a".repeat(30)}*b`, text)).toBe(false);
    expect(matchesWildcard(`${"*a".repeat(30)}*`, text)).toBe(true);
    expect(matchesText(`${"*a".repeat(30)}*b`, `${text}${unknownName}/`, true)).toBe("no");
    expect(performance.now() - started).toBeLessThan(2_000);
  });
});

describe("parts that are not known", () => {
  test.each([
    // pattern, text, trusting, not trusting
    ["queue-*", `queue-${unknownName}`, "yes", "yes"],
    ["queue-?", `queue-${unknownName}`, "maybe", "maybe"],
    ["queue-1", `queue-${unknownName}`, "maybe", "maybe"],
    ["queue-", `queue-${unknownName}`, "maybe", "maybe"],
    ["topic-1", `queue-${unknownName}`, "no", "no"],
    ["a/b/c", `a/${unknownName}`, "no", "no"],
    ["a/*/c", `a/${unknownName}/c`, "yes", "yes"],
    ["a/⟨var.name⟩/c", "a/b/c", "maybe", "maybe"],
    ["a/⟨var.name⟩/c", "a/b/d", "no", "no"],
    ["⟨⟩", "anything", "maybe", "maybe"],
    ["eu-west-1", unknownPlace, "yes", "maybe"],
    ["*", unknownPlace, "yes", "yes"],
    ["?", unknownPlace, "yes", "maybe"],
    ["a:b", unknownPlace, "no", "no"],
  ] as const)("%s and %s: %s, or %s where places are not trusted", (pattern, text, trusting, not) => {
    expect([matchesText(pattern, text, true), matchesText(pattern, text, false)]).toEqual([trusting, not]);
  });

  test("a hole says yes only where everything in its place matches, and no only where nothing does", () => {
    const part = few("ab", 3);
    fc.assert(
      fc.property(
        few("ab*?", 6),
        part,
        part,
        fc.array(part, { minLength: 1, maxLength: 12 }),
        (pattern, before, after, fills) => {
          const answer = matchesText(pattern, before + unknownName + after, false);
          const all = fills.map((fill) => matchesWildcard(pattern, before + fill + after));
          if (answer === "yes") expect(all).not.toContain(false);
          if (answer === "no") expect(all).not.toContain(true);
        },
      ),
      runs(2_000),
    );
  });
});

describe("ARNs", () => {
  test.each([
    ["*", "yes"],
    [queueArn, "yes"],
    ["arn:aws:sqs:*:*:work", "yes"],
    ["arn:aws:sqs:eu-west-?:*:w*", "yes"],
    ["arn:aws:sqs", "yes"],
    ["arn:aws:sqs:*", "yes"],
    ["arn:aws:sns", "no"],
    ["arn:aws:sqs:us-east-1:*:work", "no"],
    ["arn:aws:sqs:eu-west-1:999999999999:work", "no"],
    ["arn:aws:sqs:eu-west-1:111122223333:Work", "no"],
    // A wildcard does not reach over a colon; nobody is told that it certainly fails.
    ["arn:aws:sqs:*:work", "maybe"],
    ["arn:*:work", "maybe"],
  ] as const)("%s is the queue: %s", (pattern, answer) => {
    expect(matchesArn(pattern, queueArn, false)).toBe(answer);
  });

  test("what follows the fifth colon is one part", () => {
    const alias = "arn:aws:lambda:eu-west-1:111122223333:function:mail:live";
    expect(matchesArn("arn:aws:lambda:*:*:function:mail:*", alias, false)).toBe("yes");
    expect(matchesArn("arn:aws:lambda:*:*:function:*", alias, false)).toBe("yes");
    expect(matchesArn("arn:aws:lambda:*:*:function:mail", alias, false)).toBe("no");
  });
});

describe("subjects", () => {
  const unnamed = { ...queue, nameKnown: false };
  const objects = subject("aws_s3_bucket.b", "arn:aws:s3:::b/aws/lambda/x", { derived: true });
  test.each([
    ["its own ARN", "⟨aws_sqs_queue.work.arn⟩", queue, "yes"],
    ["more than its own ARN", "⟨aws_sqs_queue.work.arn⟩-more", queue, "maybe"],
    ["its name inside", "arn:aws:sqs:eu-west-1:111122223333:⟨aws_sqs_queue.work.name⟩", queue, "maybe"],
    ["the bucket's ARN for its objects", "⟨aws_s3_bucket.b.arn⟩", objects, "maybe"],
    ["the ARN of something else", "⟨aws_sqs_queue.other.arn⟩", queue, "no"],
    ["the id of something else inside", "arn:aws:s3:::b/⟨aws_lambda_function.f.id⟩/x", objects, "maybe"],
    ["a value", "⟨var.queue⟩", queue, "maybe"],
    ["a data source's ARN", "⟨data.aws_sqs_queue.q.arn⟩", queue, "maybe"],
    ["a value in another service's ARN", "arn:aws:sns:eu-west-1:111122223333:⟨var.name⟩", queue, "no"],
    ["its own account", "arn:aws:sqs:eu-west-1:⟨data.aws_caller_identity.me.account_id⟩:work", queue, "yes"],
    ["its own account, another name", "arn:aws:sqs:eu-west-1:⟨data.aws_caller_identity.me.account_id⟩:w", queue, "no"],
    ["a wildcard for a name that AWS gives", "arn:aws:sqs:eu-west-1:111122223333:orders-*", unnamed, "maybe"],
    ["a name that AWS has not given yet", "arn:aws:sqs:eu-west-1:111122223333:orders-1", unnamed, "no"],
    ["a wildcard of another service", "arn:aws:sns:eu-west-1:111122223333:orders-*", unnamed, "no"],
    ["everything", "*", unnamed, "yes"],
  ] as const)("%s: %s", (_, pattern, one, answer) => {
    expect(matchesSubject(pattern, one, false)).toBe(answer);
  });
});
