import type { Construct } from "constructs";
import { object, type Shape, shapeOf, text } from "../stack/shapes.ts";

/** The code of a function: made by {@link bundle}, {@link zip} or {@link existing}. */
export type Code = ArchiveCode | ExistingFunction;

/** Code that a construct makes a function of. */
export interface ArchiveCode {
  readonly kind: "archive";
  /** Puts the archive where Terraform finds it and says how to run it. */
  readonly bind: (scope: Construct) => Archive;
}

/** An archive as `aws_lambda_function` takes it. */
export interface Archive {
  /** Path of the zip file, relative to the root module. */
  readonly filename: string;
  /** Base64 of the SHA-256 of the zip file. */
  readonly sourceCodeHash: string;
  /** For instance `"index.handler"`. */
  readonly handler: string;
  /** For instance `"nodejs22.x"`. */
  readonly runtime: string;
  /** Environment variables that the code wants; the user's own win. */
  readonly environment: Readonly<Record<string, string>>;
}

/** A function that exists already; made by {@link existing}. */
export interface ExistingFunction {
  readonly kind: "existing";
  readonly functionArn: string;
  readonly roleName: string;
}

/**
 * A function that this stack does not make: the construct wires it and adds to its role what the path needs.
 *
 * The construct's `timeout` is then required, since the queue's visibility timeout is derived from it, and the function's
 * own settings (memory, layers, environment, …) are not the construct's. A handler made by `holdfast/handlers` takes its
 * settings from the environment variable `HOLDFAST`: give it the construct's `handlerSettings`.
 * @param functionArn ARN of the function, a version or an alias
 * @param roleName name of its execution role, not the ARN
 */
export const existing = (functionArn: string, roleName: string): ExistingFunction => ({
  kind: "existing",
  functionArn,
  roleName,
});

/** Stands in where a construct was given no code, until synth refuses that. */
export const noCode: ArchiveCode = {
  kind: "archive",
  bind: () => ({ filename: "", sourceCodeHash: "", handler: "", runtime: "", environment: {} }),
};

const archiveCode = shapeOf(
  'bundle("…"), zip("…", { handler, runtime }) or existing(functionArn, roleName)',
  (value) =>
    typeof value === "object" &&
    value !== null &&
    "bind" in value &&
    typeof value.bind === "function" &&
    kindOf(value) === "archive",
);

const existingFunction = object(
  { kind: text, functionArn: text, roleName: text },
  ["functionArn", "roleName"],
  "existing(functionArn, roleName)",
  "existing()",
);

/** What {@link Code} looks like, for callers without type checks. */
export const codeShape: Shape = (at, value) =>
  kindOf(value) === "existing" ? existingFunction(at, value) : archiveCode(at, value);

const kindOf = (value: unknown): unknown =>
  typeof value === "object" && value !== null && "kind" in value ? value.kind : undefined;
