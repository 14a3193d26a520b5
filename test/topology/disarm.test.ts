import { disarmed } from "../../topology/sources/terraform/workspace.ts";

const provisioner = { "local-exec": { command: "touch X" } };

test.each([
  ["objects", { resource: { aws_sqs_queue: { r: { provisioner } } } }],
  ["lists of types", { resource: [{ aws_sqs_queue: { r: { provisioner } } }] }],
  ["lists of names", { resource: { aws_sqs_queue: [{ r: { name: "r", provisioner: [provisioner] } }] } }],
  ["lists of bodies", { resource: { aws_sqs_queue: { r: [{ provisioner }] } } }],
  ["a list of files' worth", [{ resource: { aws_sqs_queue: { r: { provisioner } } } }]],
])("provisioners are taken out of JSON: %s", (_name, file) => {
  expect(disarmed("a.tf.json", JSON.stringify(file))).not.toContain("local-exec");
});

test("a JSON file without resources stays without", () => {
  expect(JSON.parse(disarmed("p.tf.json", '{"provider":{"aws":{}}}'))).toEqual({ provider: { aws: {} } });
});

const resource = 'resource "aws_sqs_queue" "q" {\n  provisioner "local-exec" {\n    command = "touch X"\n  }\n}\n';

test.each([
  ["a comment with a quote in a template", 'locals {\n  note = "${1 /* it\'s 5" wide */}"\n}\n'],
  ["a heredoc with its mark in a template", 'locals {\n  a = <<EOT\n${"x" /*\nEOT\n*/}\nEOT\n}\n'],
])("provisioners are taken out after %s", (_name, before) => {
  expect(disarmed("main.tf", before + resource)).not.toContain("local-exec");
});

test.each([
  ["a string without end", 'locals {\n  a = "x\n}\n'],
  ["a stray brace", "}\n"],
  ["a comment without end", "/* x\n"],
])("a file that is not read to its end is refused: %s", (_name, before) => {
  expect(() => disarmed("main.tf", before + resource)).toThrow(/main\.tf: .* Terraform is not run/);
});
