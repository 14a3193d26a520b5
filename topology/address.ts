/** Terraform resource addresses. */

/** The parts of `module.orders["x"].data.aws_sqs_queue.work[0]`. */
export interface Address {
  /** `module.orders["x"]`, empty in the root module. */
  readonly module: string;
  /** Names of the modules on the way: `["orders"]`. */
  readonly modulePath: readonly string[];
  readonly mode: "managed" | "data";
  readonly type: string;
  readonly name: string;
  /** The instance key: text (`for_each`), number (`count`) or undefined. */
  readonly key: string | number | undefined;
}

const keyPattern = String.raw`\[(?:"(?:[^"\\]|\\.)*"|\d+)\]`;
const pattern = new RegExp(
  String.raw`^((?:module\.[\w-]+(?:${keyPattern})?\.)*)(data\.)?([\w-]+)\.([\w-]+)(${keyPattern})?$`,
);
const modulePattern = new RegExp(String.raw`module\.([\w-]+)(?:${keyPattern})?\.`, "g");

/** Takes an address of a resource instance (or of a resource) apart; undefined for any other text. */
export function parseAddress(address: string): Address | undefined {
  const match = pattern.exec(address);
  if (match === null) return undefined;
  const [, prefix = "", data, type = "", name = "", key] = match;
  return {
    module: prefix.replace(/\.$/, ""),
    modulePath: [...prefix.matchAll(modulePattern)].map(([, module = ""]) => module),
    mode: data === undefined ? "managed" : "data",
    type,
    name,
    key: key === undefined ? undefined : parseKey(key),
  };
}

function parseKey(key: string): string | number {
  const inner: unknown = JSON.parse(key.slice(1, -1));
  return typeof inner === "number" ? inner : String(inner);
}
