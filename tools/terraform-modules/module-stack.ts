import { AwsProvider } from "@cdktf/provider-aws/lib/provider/index.js";
import { Fn, ref, TerraformOutput, TerraformStack, Token } from "cdktf";
import type { Construct } from "constructs";
import { configure, QueueConsumer, type QueueConsumerProps, seconds, zip } from "../../modules/index.ts";

const variable = (input: string) => ref(`var.${input}`);
const text = (input: string): string => Token.asString(variable(input));
const figure = (input: string): number => Token.asNumber(variable(input));
const list = (input: string): string[] => Token.asList(variable(input));
const map = (input: string): Record<string, string> => Token.asStringMap(variable(input));

/** What both modules hand on to the construct. Values that may be absent are set in {@link QueueConsumerModule}. */
const shared = (): QueueConsumerProps => ({
  name: text("name"),
  code: zip(text("filename"), { handler: text("handler"), runtime: text("runtime") }),
  timeout: seconds(figure("timeout")),
  memory: figure("memory_size"),
  reservedConcurrency: figure("reserved_concurrency"),
  logRetentionDays: figure("log_retention_days"),
  permissionsBoundary: text("permissions_boundary"),
  rolePath: text("role_path"),
  retention: seconds(figure("retention")),
  maxReceiveCount: figure("max_receive_count"),
  batchSize: figure("batch_size"),
});

/**
 * A QueueConsumer as a plain Terraform module: structure frozen, figures from input variables. cdktf wants a provider in
 * each stack; it is left out when the module is written.
 */
export class QueueConsumerModule extends TerraformStack {
  constructor(scope: Construct, id: string, kind: "standard" | "fifo") {
    super(scope, id);
    new AwsProvider(this, "aws", {});
    configure(this, { notify: text("notify") });

    // The bindings type tags, layers and alarm actions as literal maps and lists; a module's are expressions.
    const tags = { tags: map("tags") };
    const alarm = { ...tags, alarmActions: ifGiven("notify"), okActions: ifGiven("notify") };
    const queue = {
      ...tags,
      ...(kind === "fifo" ? { contentBasedDeduplication: isTrue("content_based_deduplication") } : {}),
    };
    const consumer = new QueueConsumer(this, "this", {
      ...shared(),
      ...(kind === "fifo" ? { fifo: true } : { batchingWindow: seconds(figure("batching_window")) }),
      overrides: {
        queue,
        deadLetterQueue: queue,
        role: tags,
        logGroup: tags,
        function: { ...tags, architectures: [text("architecture")], layers: list("layers") },
        mapping: { ...tags, enabled: isTrue("enabled") },
        deadLetterDepthAlarm: alarm,
        oldestMessageAgeAlarm: alarm,
      },
    });
    // The module's own variable last, so that nobody's HOLDFAST replaces it.
    const settings = { HOLDFAST: consumer.handlerSettings };
    consumer.function?.putEnvironment({ variables: Token.asStringMap(Fn.merge([variable("environment"), settings])) });
    // A block that is there only when its input is.
    consumer.mapping.addOverride("dynamic.scaling_config", {
      for_each: "${var.maximum_concurrency[*]}",
      content: { maximum_concurrency: "${scaling_config.value}" },
    });

    output(this, "queue_name", consumer.queue?.name, "Name of the queue.");
    output(this, "dead_letter_queue_name", consumer.deadLetterQueue?.name, "Name of the dead-letter queue.");
    output(this, "function_name", consumer.function?.functionName, "Name of the function.");
    output(this, "role_name", consumer.role?.name, "Name of the function's role, to give it what its own code needs.");
  }
}

/** A list with the input's value, or none where it is null. */
const ifGiven = (input: string): string[] => Token.asList(ref(`var.${input}[*]`));

/** A boolean input as an attribute takes it. */
const isTrue = (input: string) => Token.asAny(variable(input));

function output(stack: TerraformStack, id: string, value: string | undefined, description: string): void {
  if (value === undefined) throw new Error(`${id}: the module has no such output`);
  new TerraformOutput(stack, id, { value, description });
}
