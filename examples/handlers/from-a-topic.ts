import { queue } from "holdfast/handlers";
import { charge, type Payment } from "./charge.ts";

/** Without raw message delivery, SNS wraps what was published. */
const unwrap = (body: string): Payment => JSON.parse(JSON.parse(body).Message);

export const handler = queue({ decode: unwrap }, async (payment, { signal }) => {
  await charge(payment, { signal });
});
