/** `holdfast/rehearsal`: rehearsals from a program, and generated load for scenarios that are modules. */
export type { EventRow, Outcome } from "./accounting/rows.ts";
export { BadScenario, UnknownReached } from "./errors.ts";
export type { Answer, Call, FunctionResult, Load, Runner } from "./functions/runner.ts";
export { type RehearseOptions, rehearse } from "./rehearse.ts";
export type { DeliveryRow, InvocationRow, PathRow, Rehearsal, RehearsalResult, Totals } from "./result/result.ts";
export { generatedScenario } from "./scenario/generated.ts";
export { bursts, every, type Generated, type LoadOptions, poissonArrivals, together } from "./scenario/load.ts";
export { readScenario } from "./scenario/read.ts";
export type { Scenario } from "./scenario/scenario.ts";
