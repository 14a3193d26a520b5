import { blocks, type Values } from "../../topology/configuration.ts";
import { readSynthesized } from "../../topology/sources/synth.ts";

function mapping(written: object): Values {
  const source = JSON.stringify({ resource: { aws_lambda_event_source_mapping: { m: written } } });
  return readSynthesized(source, "/nowhere/cdk.tf.json", "test").resources[0]?.values ?? {};
}

const failures = { for_each: ["arn:a"], content: { destination_arn: "${on_failure.value}" } };

describe("dynamic blocks of a synthesized stack", () => {
  test("stand inside other dynamic blocks, and see what those stand for", () => {
    const outer = { for_each: ["arn:b"], content: { dynamic: { on_failure: failures } } };
    const inner = { for_each: "${[destination_config.value]}", content: { destination_arn: "${on_failure.value}" } };
    const [destination = {}] = blocks(mapping({ dynamic: { destination_config: outer } }), "destination_config");
    expect(blocks(destination, "on_failure")).toEqual([{ destination_arn: "arn:a" }]);
    const seen = { for_each: ["arn:b"], content: { dynamic: { on_failure: inner } } };
    const [other = {}] = blocks(mapping({ dynamic: { destination_config: seen } }), "destination_config");
    expect(blocks(other, "on_failure")).toEqual([{ destination_arn: "arn:b" }]);
  });

  test("stand inside blocks that are written out, and beside them", () => {
    const [destination = {}] = blocks(
      mapping({ destination_config: [{ dynamic: { on_failure: failures } }] }),
      "destination_config",
    );
    expect(blocks(destination, "on_failure")).toEqual([{ destination_arn: "arn:a" }]);
    const filters = { for_each: ["b", "c"], content: { pattern: "${filter.value}" } };
    const [criteria = {}] = blocks(
      mapping({ filter_criteria: { filter: { pattern: "a" }, dynamic: { filter: filters } } }),
      "filter_criteria",
    );
    expect(blocks(criteria, "filter").map(({ pattern }) => pattern)).toEqual(["a", "b", "c"]);
  });

  test("are not what a map calls dynamic", () => {
    expect(mapping({ tags: { dynamic: "x", other: "y" } })["tags"]).toEqual({ dynamic: "x", other: "y" });
  });
});
