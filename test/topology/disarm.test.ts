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

test.each([
  ["a block comment", '/*\nprovisioner "local-exec" {\n}\n*/\n'],
  ["a comment after a value", 'locals {\n  a = 1 # provisioner "local-exec" {\n}\n'],
  ["a heredoc", 'locals {\n  a = <<EOT\nprovisioner "local-exec" {\n}\nEOT\n}\n'],
  ["a string", 'locals {\n  a = "provisioner file {"\n  provisioner = { b = 1 }\n}\n'],
])("the word alone in %s stays, and a provisioner after it does not", (_name, before) => {
  expect(disarmed("main.tf", before)).toBe(before);
  expect(disarmed("main.tf", before + resource)).not.toContain("touch X");
  expect(disarmed("main.tf", before + resource)).toContain(before);
});

test("a provisioner that stands where none is looked for is refused", () => {
  const written = "provisioner local-exec {\n  }\n";
  expect(() => disarmed("main.tf", `unknown "block" {\n  inner {\n  ${written}  }\n}\n`)).toThrow(
    /a provisioner could not be taken out.*Terraform is not run/,
  );
  expect(disarmed("main.tf", `resource "a" "b" {\n  ${written}}\n`)).not.toContain("local-exec");
});

test("a provisioner with comments between its words is refused", () => {
  const source = 'resource "a" "b" {\n  provisioner /* a */ "local-exec" /* { */ {\n  }\n}\n';
  expect(() => disarmed("main.tf", source)).toThrow(/Terraform is not run/);
});
