/** On whose behalf a service asks, where that stands outside the configuration. */
import { permissionOf } from "../../topology/graph.ts";
import { all, type Config, lambda, ref } from "../support/configurations.ts";
import { graph } from "../support/judged.ts";
import { resource } from "../support/parts.ts";

/** A function that something outside invokes, and what it admits. */
function invoked(principal: string, sourceArn: string, by: Config): Config {
  const permission = {
    function_name: ref("aws_lambda_function.worker.function_name"),
    action: "lambda:InvokeFunction",
    principal,
    source_arn: sourceArn,
  };
  return all(lambda("worker", []), resource("aws_lambda_permission", "outside", permission), by);
}

const fn = ref("aws_lambda_function.worker.arn");
const notification = (bucket: string): Config =>
  resource("aws_s3_bucket_notification", "outside", {
    bucket,
    lambda_function: [{ lambda_function_arn: fn, events: ["s3:ObjectCreated:*"] }],
  });
const subscription = (topic: string): Config =>
  resource("aws_sns_topic_subscription", "outside", { topic_arn: topic, protocol: "lambda", endpoint: fn });
const target = (rule: string, more: object = {}): Config =>
  resource("aws_cloudwatch_event_target", "outside", { rule, arn: fn, ...more });

const topic = (name: string): string => `arn:aws:sns:eu-west-1:999999999999:${name}`;
const rule = (name: string): string => `arn:aws:events:eu-west-1:111122223333:rule/${name}`;

test.each<[string, string, string, Config, string]>([
  ["a bucket by its name", "s3", "arn:aws:s3:::uploads", notification("uploads"), "granted"],
  ["another bucket", "s3", "arn:aws:s3:::others", notification("uploads"), "missing"],
  ["a bucket that is not known", "s3", "arn:aws:s3:::uploads", notification(ref("var.bucket")), "unknown"],
  ["a topic of another account", "sns", topic("orders"), subscription(topic("orders")), "granted"],
  ["another topic", "sns", topic("refunds"), subscription(topic("orders")), "missing"],
  ["a topic that is not known", "sns", topic("orders"), subscription(ref("var.topic")), "unknown"],
  ["a rule by its name", "events", rule("nightly"), target("nightly"), "granted"],
  ["another rule", "events", rule("hourly"), target("nightly"), "missing"],
  ["a rule of another bus", "events", rule("shop/nightly"), target("nightly", { event_bus_name: "shop" }), "granted"],
  ["a rule that is not known", "events", rule("nightly"), target(ref("var.rule")), "unknown"],
])("%s outside invokes where the policy names it", (_name, service, sourceArn, by, state) => {
  const { edges } = graph(invoked(`${service}.amazonaws.com`, sourceArn, by));
  const ways = edges.filter(({ kind }) => ["notification", "subscription", "target"].includes(kind));
  expect(ways.map(permissionOf)).toEqual([state]);
});
