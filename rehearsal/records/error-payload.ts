/** What Lambda answers for a failed invocation, and puts into the records of it as `responsePayload` (2.1). */
import type { FunctionNode, JsonValue } from "../../topology/graph.ts";
import type { FunctionResult } from "../functions/runner.ts";

type Failure = Exclude<FunctionResult, { kind: "success" }>;
type Thrown = Extract<Failure, { kind: "error" }>;

/**
 * An error that the handler threw is written by its runtime: `trace` by Node
 * (https://docs.aws.amazon.com/lambda/latest/dg/nodejs-exceptions.html), `stackTrace` with the request's id by Python, as
 * 2.1 has it. Where neither is known to run, as 2.1 has it.
 */
const thrownBy: readonly (readonly [prefix: string, payload: (thrown: Thrown, requestId: string) => JsonValue])[] = [
  [
    "nodejs",
    ({ errorType, errorMessage, stackTrace }) => ({
      errorType,
      errorMessage,
      trace: stackTrace ?? [`${errorType}: ${errorMessage}`, "    at the scenario's script"],
    }),
  ],
  [
    "",
    ({ errorType, errorMessage, stackTrace }, requestId) => ({
      errorMessage,
      errorType,
      requestId,
      stackTrace: stackTrace ?? ["  the scenario's script\n"],
    }),
  ],
];

/** @param requestId of the invocation that failed. */
export function errorPayload(failure: Failure, fn: FunctionNode, requestId: string): JsonValue {
  switch (failure.kind) {
    case "error": {
      const runtime = fn.runtime.value ?? "";
      const [, payload] = thrownBy.find(([prefix]) => runtime.startsWith(prefix)) ?? thrownBy[0]!;
      return payload(failure, requestId);
    }
    case "timeout": {
      const seconds = fn.timeout.value.toFixed(2);
      const errorMessage = `RequestId: ${requestId} Error: Task timed out after ${seconds} seconds`;
      return { errorType: "Sandbox.Timedout", errorMessage };
    }
    case "crash":
      return {
        errorType: "Runtime.ExitError",
        errorMessage: `RequestId: ${requestId} Error: Runtime exited with error: exit status 1`,
      };
  }
}
