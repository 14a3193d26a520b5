import { queue } from "holdfast/handlers";

interface Payment {
  readonly paymentId: string;
  /** Marks a message that can never be processed. */
  readonly poison?: boolean;
}

export const handler = queue<Payment>((payment, { attempt }) => {
  if (payment.poison === true) throw new Error(`payment ${payment.paymentId} cannot be charged`);
  console.info({ processed: payment.paymentId, attempt });
});
