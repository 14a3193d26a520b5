import { assert, constantFrom, property, shuffledSubarray, uniqueArray } from "fast-check";
import { check, type Finding } from "../../checks/check.ts";
import type { Graph } from "../../topology/graph.ts";
import { graphOf } from "../../topology/resources/graph-of.ts";
import { readSynthesized } from "../../topology/sources/synth.ts";
import {
  all,
  type Body,
  body,
  type Config,
  cleanPaths,
  prefixed,
  remove,
  synthesized,
  type Typed,
} from "../support/configurations.ts";

function graph(config: Config): Graph {
  return graphOf(readSynthesized(synthesized(config), "/nowhere/cdk.tf.json", "test"));
}

/** What can be taken from a configuration, and the address that a finding must then name. */
interface Removal {
  readonly what: string;
  readonly names: string;
  readonly apply: (config: Config) => void;
}

/** Every permission, policy and net of a configuration. */
function removals(config: Config): Removal[] {
  return Object.entries(config.resource).flatMap(([type, named]) =>
    Object.entries(named).flatMap(([name, values]) => ofResource(`${type}.${name}`, type, values)),
  );
}

function ofResource(address: string, type: string, values: Body): Removal[] {
  const whole = (names: string): Removal => ({ what: address, names, apply: (config) => remove(config, address) });
  const attribute = (attributeName: string, names = address): Removal => ({
    what: `${address}.${attributeName}`,
    names,
    apply: (config) => {
      delete body(config, address)[attributeName];
    },
  });
  const referred = (attributeName: string): string =>
    /(aws_\w+\.\w+)\./.exec(JSON.stringify(values[attributeName]))?.[1] ?? "";
  switch (type) {
    case "aws_lambda_permission":
      return [whole(referred("function_name"))];
    case "aws_sqs_queue_policy":
      return [whole(referred("queue_url"))];
    case "aws_iam_role_policy":
      return [whole(referred("role"))];
    case "aws_sqs_queue":
      return values.redrive_policy === undefined ? [] : [attribute("redrive_policy")];
    case "aws_sns_topic_subscription":
      return [attribute("redrive_policy")];
    case "aws_cloudwatch_event_target":
      return [attribute("dead_letter_config")];
    case "aws_lambda_event_source_mapping":
      return values.destination_config === undefined ? [] : [attribute("destination_config")];
    case "aws_lambda_function_event_invoke_config":
      return [attribute("destination_config", referred("function_name"))];
    default:
      return [];
  }
}

/** A clean configuration of several paths, each under names of its own. */
const clean = uniqueArray(constantFrom(...Object.keys(cleanPaths)), { minLength: 1, maxLength: 4 }).map((names) =>
  all(
    ...Object.entries(cleanPaths)
      .filter(([name]) => names.includes(name))
      .map(([, path], index) => prefixed(path(), `p${index}`)),
  ),
);

function serious(findings: readonly Finding[]): Finding[] {
  return findings.filter(({ severity }) => severity !== "advice");
}

test("removing any one permission, policy or net from a clean configuration adds a finding that names the edge", () => {
  assert(
    property(clean, (config) => {
      expect(serious(check(graph(config)))).toEqual([]);
      const possible = removals(config);
      expect(possible.length).toBeGreaterThan(1);
      for (const { what, names, apply } of possible) {
        const broken = structuredClone(config);
        apply(broken);
        const found = serious(check(graph(broken)));
        const named = found.some(({ address, message, fix }) => `${address} ${message} ${fix}`.includes(names));
        expect({ what, found: found.length > 0, named }).toEqual({ what, found: true, named: true });
      }
    }),
    { numRuns: 8 },
  );
});

test("every statement of a role's policy is needed", () => {
  const config = all(...Object.values(cleanPaths).map((path, index) => prefixed(path(), `p${index}`)));
  for (const [name, document] of Object.entries(config.data.aws_iam_policy_document ?? {})) {
    const { statement } = document;
    if (!Array.isArray(statement)) continue;
    for (const [index, one] of statement.entries()) {
      if (JSON.stringify(one).includes("logs:")) continue;
      const broken = structuredClone(config);
      body(broken, `data.aws_iam_policy_document.${name}`).statement = statement.toSpliced(index, 1);
      expect({ name, index, found: serious(check(graph(broken))).length }).not.toMatchObject({ found: 0 });
    }
  }
});

test("resources of other services change nothing", () => {
  const unrelated: Typed = {
    aws_vpc: { main: { cidr_block: "10.0.0.0/16" } },
    aws_ssm_parameter: { url: { name: "url", type: "String", value: "x" } },
    aws_dynamodb_table_item: { seed: { table_name: "other", hash_key: "pk", item: "{}" } },
    aws_iam_role: { stranger: { name: "stranger", assume_role_policy: "{}" } },
  };
  assert(
    property(clean, (config) => {
      expect(withoutLines(graph(all(config, { resource: unrelated, data: {} })))).toEqual(withoutLines(graph(config)));
    }),
    { numRuns: 10 },
  );
});

test("the order of resources does not matter", () => {
  assert(
    property(
      clean.chain((config) => {
        const entries = Object.entries(config.resource);
        return shuffledSubarray(entries, { minLength: entries.length, maxLength: entries.length }).map((shuffled) => ({
          config,
          shuffled: Object.fromEntries(
            shuffled.map(([type, named]) => [type, Object.fromEntries(Object.entries(named).toReversed())]),
          ),
        }));
      }),
      ({ config, shuffled }) => {
        const other = graph({ ...config, resource: shuffled });
        expect(withoutLines(other)).toEqual(withoutLines(graph(config)));
        expect(ids(other)).toEqual(ids(graph(config)));
      },
    ),
    { numRuns: 8 },
  );
});

function ids(of: Graph): string[] {
  return check(of).map(({ id, address, path }) => `${id} ${address} ${path}`);
}

function withoutLines(of: Graph): unknown {
  return JSON.parse(JSON.stringify(of), (key, value: unknown) =>
    key === "location" || key === "locations" ? undefined : value,
  );
}
