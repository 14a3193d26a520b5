import { queue } from "holdfast/handlers";
import { charge, type Payment } from "./charge.ts";

export const handler = queue<Payment>(async (payment, { signal }) => {
  await charge(payment, { signal });
});
