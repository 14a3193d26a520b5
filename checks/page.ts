/** `docs/checks.md`, made from the rows. */
import { rules, unchecked } from "./catalogue.ts";
import { refused } from "./refused.ts";
import type { Rule } from "./rule.ts";
import type { Subjects } from "./view.ts";

/** What a rule applies to, in words. */
const subjects: Readonly<Record<keyof Subjects, string>> = {
  queueMapping: "a queue's mapping",
  streamMapping: "a stream's mapping",
  asyncUse: "a function invoked asynchronously",
  redrive: "a queue and its dead-letter queue",
  target: "a target of a rule or schedule",
  subscription: "a subscription",
  destination: "a failure net or destination",
  netQueue: "a queue that only failures reach",
  function: "a function",
  rule: "a rule",
  queue: "a queue",
  topic: "a topic",
  edge: "any step of a path",
  node: "any resource on a path",
  alarm: "an alarm",
};

/** Where a hazard that no configuration shows is seen. */
const seen = {
  played: "seen only by playing it",
  code: "a matter of code",
  operation: "a matter of operation",
} as const;

/** The whole page. */
export function page(): string {
  return `# What holdfast check finds

\`holdfast check [SOURCE]\` reads a Terraform configuration as event paths and judges each by the rules below. A finding
names the rule, the resource to change, the figures of this very configuration, and what to change them to.

- **error**: AWS rejects it, or it certainly loses events.
- **warning**: it will likely lose, block or repeat events.
- **advice**: a matter of taste; it never fails the command unless \`--fail-on advice\` asks for it.

A figure that is not known before the configuration is applied is not judged; \`holdfast check\` lists it as assumed. A
policy that is not known is never taken for a missing one. What stands outside of the configuration is judged by what
its ARN tells: kind, account, Region, and whether it is FIFO.

What is off (\`enabled = false\` on a mapping, \`DISABLED\` on a rule or schedule) consumes nothing, triggers nothing and
takes no concurrency. Its own settings are judged all the same: they will hold when it is on again.

With \`--json\` a finding has its \`fix\` in words, and as \`changes\`: ways to mend it, each a list of changes to make
together (an attribute to \`set\` or to \`remove\` at an address, a statement to \`allow\`). Each way by itself ends the
finding and brings no new error or warning, as far as the figures are known. Where someone has to choose, \`changes\` is
empty.

To live with a finding, say why in \`holdfast.json\` beside the configuration (or in the file of \`--acknowledgements\`):

\`\`\`json
{ "acknowledge": [{ "id": "H21", "address": "aws_sqs_queue.orders", "reason": "each order stands alone" }] }
\`\`\`

An acknowledgement that matches no finding is reported, so that none outlives its reason.

## Rules

| id | severity | finds | on |
|---|---|---|---|
${listed().map(row).join("\n")}

## Hazards that a configuration does not show

| id | hazard | | why |
|---|---|---|---|
${unchecked.map(({ id, title, seen: where, why }) => `| ${id} | ${title} | ${seen[where]} | ${why} |`).join("\n")}

## Ranges that Terraform checks itself

No rule repeats what \`terraform validate\` says (provider aws 5.100.0).

| setting | range | what Terraform says |
|---|---|---|
${refused.map(({ setting, range, message }) => `| \`${setting}\` | ${range} | …${message}… |`).join("\n")}

## What is not judged

- The condition \`s3:ResourceAccount\` on an S3 destination: AWS recommends it, so that a bucket that someone else takes
  over after its deletion gets nothing; H36 proposes it, and asks for \`s3:ListBucket\` alone.
- Policies outside the configuration: they are named as assumptions.
- Quotas of an account, except the default numbers of targets (H80) and filters (H82), which are warnings.
`;
}

/** One row for each id: a rule that applies to several things has several rows in the code. */
function listed(): (Rule & { readonly also: readonly string[] })[] {
  const first = rules.filter((rule, index) => rules.findIndex(({ id }) => id === rule.id) === index);
  return first.map((rule) =>
    Object.assign({ also: rules.filter(({ id }) => id === rule.id).map(({ on }) => subjects[on]) }, rule),
  );
}

function row({ id, severity, title, see, also }: Rule & { readonly also: readonly string[] }): string {
  return `| ${id} | ${severity} | [${title}](${see}) | ${[...new Set(also)].join(", ")} |`;
}
