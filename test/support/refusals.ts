/** Consumers that are refused: their messages, without the construct path that each begins with. */
import type { TerraformStack } from "cdktf";
import { QueueConsumer, type QueueConsumerProps, zip } from "../../modules/index.ts";
import { zipFile } from "./fixtures.ts";
import { refusalsOf } from "./synth.ts";

/** Props as a caller without type checks may pass them. */
export type AnyProps = Readonly<Record<string, unknown>>;

/** A consumer with ready code and nothing else. */
export const minimal = (): QueueConsumerProps => ({
  code: zip(zipFile(), { handler: "index.handler", runtime: "nodejs22.x" }),
});

/** What a consumer with these props, and with code, is refused for. */
export const messages = (
  props: AnyProps | Partial<QueueConsumerProps>,
  options?: { readonly render: boolean },
): string[] => messagesOf({ ...minimal(), ...props }, options);

/** As {@link messages}, of exactly these props. */
export function messagesOf(props: unknown, options?: { readonly render: boolean }): string[] {
  const path = "[shop/payments] ";
  const build = (stack: TerraformStack) => new QueueConsumer(stack, "payments", props as QueueConsumerProps);
  return refusalsOf(build, options).map((message) => {
    if (!message.startsWith(path)) throw new Error(`a refusal without the construct's path: ${message}`);
    return message.slice(path.length);
  });
}
