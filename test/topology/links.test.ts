import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { resolveWithTerraform } from "../../topology/sources/terraform/resolve.ts";
import { describeWithTerraform } from "../support/terraform.ts";

let place: string;
beforeEach(() => {
  place = realpathSync(mkdtempSync(join(tmpdir(), "holdfast-test-")));
});
afterEach(() => rmSync(place, { recursive: true, force: true }));

function write(name: string, text: string): void {
  mkdirSync(dirname(join(place, name)), { recursive: true });
  writeFileSync(join(place, name), text);
}

/** A queue whose provisioner would leave a file. */
const queue = (name: string): string =>
  `resource "aws_sqs_queue" "q" {\n  name = "${name}"\n  provisioner "local-exec" {\n    command = "touch ${place}/ran-${name}"\n  }\n}\n`;

describeWithTerraform("links and modules outside of the root", (terraform) => {
  test("are read as what they lead to, in the copy: nothing runs, nothing is written", async () => {
    write("far/linked/main.tf", queue("linked"));
    write("far/beside/main.tf", queue("beside"));
    write(
      "far/listed/main.tf.json",
      '{"resource":[{"aws_sqs_queue":[{"q":[{"name":"listed","provisioner":[{"local-exec":{"command":"touch PLACE/ran-listed"}}]}]}]}]}'.replace(
        "PLACE",
        place,
      ),
    );
    write(
      "repository/live/main.tf",
      `${queue("root")}
module "linked" { source = "./modules/linked" }
module "beside" { source = "../../far/beside" }
module "listed" { source = "../../far/listed" }
`,
    );
    mkdirSync(join(place, "repository/live/modules"));
    symlinkSync("../../../far/linked", join(place, "repository/live/modules/linked"));
    symlinkSync("repository/live", join(place, "link"));
    const before = readdirSync(place, { recursive: true });
    const { resources } = await resolveWithTerraform(join(place, "link"), { env: terraform.env });
    expect(resources.map(({ address, values }) => [address, values.name])).toEqual([
      ["aws_sqs_queue.q", "root"],
      ["module.beside.aws_sqs_queue.q", "beside"],
      ["module.linked.aws_sqs_queue.q", "linked"],
      ["module.listed.aws_sqs_queue.q", "listed"],
    ]);
    expect(readdirSync(place, { recursive: true })).toEqual(before);
    expect(readdirSync(place).filter((name) => name.startsWith("ran-"))).toEqual([]);
    expect(existsSync(join(place, "repository/live/.terraform"))).toBe(false);
  }, 300_000);
});
