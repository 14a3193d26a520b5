/** Stands for the client of a payment provider: it declines what is not positive. */
export interface Payment {
  readonly paymentId: string;
  readonly amount: number;
}

export async function charge(payment: Payment, options: { signal: AbortSignal }): Promise<void> {
  options.signal.throwIfAborted();
  if (payment.amount <= 0) throw new RangeError(`payment ${payment.paymentId}: nothing to charge`);
}
