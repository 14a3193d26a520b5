// In order within a message group: after a failure the rest of its group is not tried, and comes back with it.
// (`queue()` of holdfast/handlers does this, and more.)
export async function handler(event) {
  const batchItemFailures = [];
  const stopped = new Set();
  for (const { messageId, body, attributes } of event.Records) {
    try {
      if (stopped.has(attributes.MessageGroupId)) throw new Error("an earlier message of its group failed");
      process(JSON.parse(body));
    } catch (error) {
      console.error({ messageId, error: String(error) });
      stopped.add(attributes.MessageGroupId);
      batchItemFailures.push({ itemIdentifier: messageId });
    }
  }
  return { batchItemFailures };
}

function process(order) {
  if (order.poison === true) throw new Error(`order ${order.id} cannot be processed`);
  console.info({ processed: order.id });
}
