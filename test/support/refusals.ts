/** Consumers that are refused: their messages, without the construct path that each begins with. */
import { QueueConsumer, type QueueConsumerProps, zip } from "../../modules/index.ts";
import { zipFile } from "./fixtures.ts";
import { refusalsOf } from "./synth.ts";

/** Props as a caller without type checks may pass them. */
export type AnyProps = Readonly<Record<string, unknown>>;

/** A consumer with ready code and nothing else. */
export const minimal = (): QueueConsumerProps => ({
  code: zip(zipFile(), { handler: "index.handler", runtime: "nodejs22.x" }),
});

/**
 * What a consumer with these props is refused for. It is made and rendered all the same: whatever the values, nothing may
 * be thrown from inside.
 */
export function messages(props: AnyProps | Partial<QueueConsumerProps>, id = "payments"): string[] {
  return messagesOf({ ...minimal(), ...props }, id);
}

/** As {@link messages}, of exactly these props. */
export function messagesOf(props: unknown, id = "payments"): string[] {
  const path = `[shop/${id}] `;
  return refusalsOf((stack) => new QueueConsumer(stack, id, props as QueueConsumerProps)).map((message) => {
    if (!message.startsWith(path)) throw new Error(`a refusal without the construct's path: ${message}`);
    return message.slice(path.length);
  });
}
