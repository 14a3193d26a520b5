// Names the messages that failed, so that only they come back. (`queue()` of holdfast/handlers does this, and more.)
export async function handler(event) {
  const batchItemFailures = [];
  for (const { messageId, body } of event.Records) {
    try {
      process(JSON.parse(body));
    } catch (error) {
      console.error({ messageId, error: String(error) });
      batchItemFailures.push({ itemIdentifier: messageId });
    }
  }
  return { batchItemFailures };
}

function process(order) {
  if (order.poison === true) throw new Error(`order ${order.id} cannot be processed`);
  console.info({ processed: order.id });
}
