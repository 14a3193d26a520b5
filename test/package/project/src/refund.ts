import { SQS } from "@aws-sdk/client-sqs";
import { deleteAndThrow, queue } from "holdfast/handlers";

interface Refund {
  readonly refundId: string;
  readonly poison?: boolean;
}

export const handler = queue<Refund>({ response: deleteAndThrow(new SQS({})) }, async (refund, { attempt }) => {
  if (refund.poison === true) throw new Error(`refund ${refund.refundId} failed at attempt ${attempt}`);
});
