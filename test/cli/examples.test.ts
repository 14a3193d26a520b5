import { readdirSync } from "node:fs";
import { join } from "node:path";
import { checkText, judge } from "../../cli/check.ts";
import { pathsText } from "../../cli/paths.ts";
import type { Terminal } from "../../cli/terminal.ts";
import { readTopology } from "../../topology/read.ts";
import { describeWithTerraform } from "../support/terraform.ts";

/** Configurations in the style of public modules: nested modules, maps of objects, dynamic blocks, documents merged. */
const folder = join("examples", "configurations");
const terminal: Terminal = { out: () => {}, err: () => {}, colour: false };

describeWithTerraform("configurations as others write them", (terraform) => {
  test.each(readdirSync(folder))(
    "%s: paths and findings",
    async (name) => {
      const source = join(folder, name);
      const before = readdirSync(source, { recursive: true });
      const sources = await readTopology(source, { env: terraform.env });
      const texts = sources.flatMap((one) => [pathsText(one.graph, terminal), checkText(judge(one), terminal)]);
      expect(texts.join("\n")).toMatchSnapshot();
      for (const { graph } of sources) expect(graph.assumptions).toEqual([]);
      expect(readdirSync(source, { recursive: true })).toEqual(before);
    },
    300_000,
  );
});
