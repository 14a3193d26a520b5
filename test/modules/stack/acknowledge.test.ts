import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { AwsProvider } from "@cdktf/provider-aws/lib/provider/index.js";
import { SqsQueue } from "@cdktf/provider-aws/lib/sqs-queue/index.js";
import { App, TerraformStack } from "cdktf";
import { acknowledge, configure, QueueConsumer, zip } from "../../../modules/index.ts";
import { temporaryFolder, zipFile } from "../../support/fixtures.ts";

const notify = "arn:aws:sns:eu-west-1:111122223333:incidents";

/** Synthesizes the stacks that `make` makes, and reads their acknowledgements. */
function synthesized(outdir: string, make: (app: App) => void): (stack: string) => unknown {
  const app = new App({ outdir });
  make(app);
  app.synth();
  return (stack) => {
    const file = join(outdir, "stacks", stack, "holdfast.json");
    return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : undefined;
  };
}

function shop(app: App, id = "shop"): TerraformStack {
  const stack = new TerraformStack(app, id);
  new AwsProvider(stack, "aws", { region: "eu-west-1" });
  configure(stack, { notify });
  return stack;
}

const consumer = (stack: TerraformStack, id: string): QueueConsumer =>
  new QueueConsumer(stack, id, {
    code: zip(zipFile(), { handler: "index.handler", runtime: "nodejs22.x" }),
    fifo: true,
  });

test("of a resource: one entry beside its stack, and none beside another", () => {
  const read = synthesized(temporaryFolder(), (app) => {
    const { queue } = consumer(shop(app), "shipments");
    if (queue === undefined) throw new Error("no queue was made");
    acknowledge(queue, "H21", "  a shipment may overtake one that nobody can send ");
    consumer(shop(app, "other"), "shipments");
  });
  expect(read("shop")).toEqual({
    acknowledge: [
      {
        id: "H21",
        address: "aws_sqs_queue.shipments",
        reason: "a shipment may overtake one that nobody can send",
        construct: "shop/shipments/queue",
      },
    ],
  });
  expect(read("other")).toBeUndefined();
});

test("of a construct: an entry for each of its resources, whichever the finding is about", () => {
  let resources: string[] = [];
  const read = synthesized(temporaryFolder(), (app) => {
    const made = consumer(shop(app), "shipments");
    consumer(TerraformStack.of(made), "labels");
    acknowledge(made, "H14", "nothing else runs in this account");
    resources = [made.queue, made.deadLetterQueue, made.mapping, made.function, made.role].map(
      (child) => `${child?.terraformResourceType}.${child?.friendlyUniqueId}`,
    );
  });
  const { acknowledge: entries } = read("shop") as {
    acknowledge: { id: string; address: string; construct: string }[];
  };
  const addresses = entries.map(({ address }) => address);
  expect(addresses).toEqual(expect.arrayContaining(resources));
  expect(addresses.filter((address) => address.includes("labels"))).toEqual([]);
  expect(new Set(addresses).size).toBe(addresses.length);
  // All of them are one decision, of this construct.
  expect(new Set(entries.map(({ construct }) => construct))).toEqual(new Set(["shop/shipments"]));
});

test("of a resource in a stack without constructs of Holdfast", () => {
  const read = synthesized(temporaryFolder(), (app) => {
    acknowledge(new SqsQueue(shop(app), "plain", {}), "H6", "its messages are hints");
  });
  expect(read("shop")).toMatchObject({ acknowledge: [{ id: "H6", address: "aws_sqs_queue.plain" }] });
});

test("what is no longer acknowledged does not stay", () => {
  const outdir = temporaryFolder();
  synthesized(outdir, (app) => acknowledge(consumer(shop(app), "shipments"), "H21", "meant"));
  expect(existsSync(join(outdir, "stacks", "shop", "holdfast.json"))).toBe(true);
  const read = synthesized(outdir, (app) => void consumer(shop(app), "shipments"));
  expect(read("shop")).toBeUndefined();
});

test.each([
  ["21", "meant", 'the id is "21"'],
  ["H0", "meant", 'the id is "H0"'],
  ["H21", " ", "the reason for H21"],
])("refuses id %j with reason %j", (id, reason, message) => {
  const stack = shop(new App({ outdir: temporaryFolder() }));
  expect(() => acknowledge(stack, id, reason)).toThrow(message);
});
