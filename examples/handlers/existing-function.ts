import { queue } from "holdfast/handlers";
import { charge, type Payment } from "./charge.ts";

// The event source mapping of this function has ReportBatchItemFailures.
export const handler = queue<Payment>({ response: "partial", concurrency: 5 }, async (payment, { signal }) => {
  await charge(payment, { signal });
});
