import * as fc from "fast-check";
import { configure } from "../../../modules/index.ts";
import { type Consumer, consumers, together, topic } from "../../support/consumers.ts";
import { type Deletion, deletions } from "../../support/deletions.ts";
import { edgesMissing, type Finding, inWords } from "../../support/edges.ts";
import { runs } from "../../support/properties.ts";
import { type JsonObject, type Synthesized, synthesize } from "../../support/synth.ts";

const stackOf = (all: readonly Consumer[]): Synthesized =>
  synthesize((stack) => {
    configure(stack, { notify: topic });
    for (const { make } of all) make(stack);
  });

const stacks = fc.oneof(
  consumers("payments").map((one) => [one]),
  fc.tuple(consumers("payments"), consumers("shipments")),
);

// cdktf warns on the console of expressions that it may render wrongly.
const warned = jest.spyOn(console, "warn");
afterEach(() => expect(warned).not.toHaveBeenCalled());

/** What a deletion must be named as: what is said of each finding, and how many there are. */
function isNamed({ kind, from, what }: Deletion, findings: readonly Finding[]): boolean {
  const document = from.replace(/^data\.aws_iam_policy_document\./, "");
  switch (kind) {
    case "action":
    case "statement":
    case "resource pattern":
      if (what.includes("sts:AssumeRole")) return isTrust(findings, document);
      // One finding for each action that went, all of the same role and each about its action.
      return (
        findings.length === what.length &&
        what.every((action) => findings.some(({ edge, about }) => edge === "permission" && about.includes(action)))
      );
    case "principal":
      return isTrust(findings, document);
    case "depends_on":
      return (
        findings.length === 1 && findings[0]?.edge === "order" && findings[0].at === from && abouts(findings, what)
      );
    case "resource":
      // What waited for it still does: that is named, and so is all that it did.
      return findings.length >= 2 && abouts(findings, what) && findings.some(({ edge }) => edge !== "order");
    case "attribute":
      return (
        findings.length > 0 && findings.every(({ at, text, about }) => isAboutAttribute(from, { at, text, about }))
      );
  }
}

const isConsume = ({ sid }: JsonObject): boolean => sid === "ConsumeQueue";

const isTrust = ([only, ...more]: readonly Finding[], document: string): boolean =>
  only?.edge === "trust" && only.at === `aws_iam_role.${document.replace(/_assume_role$/, "")}` && more.length === 0;

const abouts = (findings: readonly Finding[], what: readonly string[]): boolean =>
  what.every((name) => findings.some(({ about }) => about.includes(name)));

/** An alarm without its dimension is nobody's, and its queue is without one; both are named by the consumer's name. */
const isAboutAttribute = (from: string, { at, about }: Pick<Finding, "at" | "text" | "about">): boolean => {
  const consumer = /\.(payments|shipments)/.exec(from)?.[1] ?? "";
  return [at, ...about].some((name) => name === from || name.includes(consumer));
};

test("an intact stack lacks nothing; each permission, statement, wait and policy that is taken out is named", () => {
  const seen = new Map<string, number>();
  fc.assert(
    fc.property(stacks, (all) => {
      const surroundings = together(all);
      const intact = stackOf(all);
      expect(edgesMissing(intact, surroundings).map(inWords)).toEqual([]);
      const possible = [...deletions(intact)];
      for (const deletion of possible) {
        seen.set(deletion.kind, (seen.get(deletion.kind) ?? 0) + 1);
        const findings = edgesMissing(deletion.stack, surroundings);
        if (isNamed(deletion, findings)) continue;
        const told = findings.map(inWords).join("\n  ") || "nothing";
        throw new Error(
          `${deletion.kind} ${deletion.what.join(", ")} taken from ${deletion.from}; named was\n  ${told}`,
        );
      }
      expect(possible.length).toBeGreaterThanOrEqual(8);
    }),
    runs(25),
  );
  // Random stacks must have had all of it.
  expect([...seen.keys()].toSorted()).toEqual(
    ["action", "attribute", "depends_on", "principal", "resource", "resource pattern", "statement"].toSorted(),
  );
});

test("what nobody needs is named: an action more, a wider resource, another principal", () => {
  const [all] = fc.sample(
    consumers("payments").filter(({ surroundings }) => Object.keys(surroundings.functions ?? {}).length === 0),
    { numRuns: 1, seed: 7 },
  );
  if (all === undefined) throw new Error("no consumer");
  const stack = stackOf([all]);
  const withStatements = (change: (statement: JsonObject) => JsonObject, document = "payments"): string[] => {
    const documents = stack.data["aws_iam_policy_document"] ?? {};
    const old = documents[document] ?? {};
    const statement = (old["statement"] as readonly JsonObject[]).map(change);
    return edgesMissing(
      { ...stack, data: { aws_iam_policy_document: { ...documents, [document]: { ...old, statement } } } },
      all.surroundings,
    ).map(inWords);
  };

  expect(
    withStatements((statement) =>
      isConsume(statement)
        ? { ...statement, actions: [...(statement["actions"] as readonly string[]), "sqs:SendMessage"] }
        : statement,
    ),
  ).toEqual([expect.stringMatching(/^aws_iam_role_policy\.payments: sqs:SendMessage on \S+ is needed by nobody$/)]);
  expect(
    withStatements((statement) => (isConsume(statement) ? { ...statement, resources: ["*"] } : statement)),
  ).toContain("aws_iam_role_policy.payments: sqs:ReceiveMessage on * is wider than needed");
  expect(
    withStatements(
      (statement) => ({
        ...statement,
        principals: [{ type: "Service", identifiers: ["lambda.amazonaws.com", "ec2.amazonaws.com"] }],
      }),
      "payments_assume_role",
    ),
  ).toEqual(["aws_iam_role.payments: ec2.amazonaws.com may assume it"]);
});
