import { SQS } from "@aws-sdk/client-sqs";
import { deleteAndThrow, queue } from "holdfast/handlers";
import { charge, type Payment } from "./charge.ts";

export const handler = queue<Payment>({ response: deleteAndThrow(new SQS()) }, async (payment, { signal }) => {
  await charge(payment, { signal });
});
