"""Writes an invoice for each order. Names the messages that failed, so that only they come back."""

import json


def handler(event, context):
    failures = []
    for record in event["Records"]:
        try:
            write_invoice(json.loads(record["body"]))
        except Exception as error:  # whatever it is, the other messages of the batch are not to blame
            print(json.dumps({"messageId": record["messageId"], "error": type(error).__name__}))
            failures.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failures}


def write_invoice(order):
    if order["amount"] <= 0:
        raise ValueError("nothing to invoice")
