import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Addresses, changes, read, stateAddresses, written } from "./support/addresses.ts";
import { temporaryFolder } from "./support/fixtures.ts";
import { quickly, type Synthesized } from "./support/synth.ts";

const snapshot = join(__dirname, "main.addresses.txt");

/** The stacks that the example's main.ts writes, by name: the real program, into a folder of its own. */
function synthesizeExample(): Readonly<Record<string, Synthesized>> {
  const outdir = temporaryFolder();
  const before = process.env.CDKTF_OUTDIR;
  process.env.CDKTF_OUTDIR = outdir;
  try {
    quickly(() => jest.requireActual<typeof import("../main.ts")>("../main.ts"));
  } finally {
    if (before === undefined) delete process.env.CDKTF_OUTDIR;
    else process.env.CDKTF_OUTDIR = before;
  }
  const { stacks } = parsed(join(outdir, "manifest.json")) as {
    readonly stacks: Readonly<Record<string, { readonly synthesizedStackPath: string }>>;
  };
  return Object.fromEntries(
    Object.entries(stacks).map(([name, { synthesizedStackPath }]) => [
      name,
      parsed(join(outdir, synthesizedStackPath)) as Synthesized,
    ]),
  );
}

const parsed = (file: string): unknown => JSON.parse(readFileSync(file, "utf8"));

test("no state address of the example has changed", () => {
  const now: Addresses = Object.fromEntries(
    Object.entries(synthesizeExample()).map(([name, stack]) => [name, stateAddresses(stack)]),
  );
  expect(Object.keys(now).toSorted()).toEqual(["shop-local", "shop-production", "shop-staging"]);
  if (process.env.HOLDFAST_ACCEPT_ADDRESSES === "1") writeFileSync(snapshot, written(now));
  const changed = changes(read(readFileSync(snapshot, "utf8")), now);
  if (changed.length === 0) return;
  throw new Error(
    `${changed.join("\n")}\nWho has deployed this loses queues by it. Where that is meant, accept it with HOLDFAST_ACCEPT_ADDRESSES=1.`,
  );
});

test("a change is named by stack and address", () => {
  const known = read(readFileSync(snapshot, "utf8"));
  expect(written(known)).toBe(readFileSync(snapshot, "utf8"));
  const staging = known["shop-staging"] ?? [];
  expect(staging.length).toBeGreaterThan(20);
  const renamed = staging.map((address) => address.replace(/^aws_sqs_queue\.payments$/, "aws_sqs_queue.charges"));
  expect(changes(known, { ...known, "shop-staging": renamed })).toEqual([
    "shop-staging: aws_sqs_queue.payments is gone; Terraform would destroy it",
    "shop-staging: aws_sqs_queue.charges is new; Terraform would create it",
  ]);
  const { "shop-local": local = [], ...others } = known;
  expect(changes(known, others)).toEqual(
    local.map((address) => expect.stringContaining(`shop-local: ${address} is gone`)),
  );
});
