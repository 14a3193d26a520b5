/** Answers that may be unknown, and how they add up. */

/** Whether something holds: known, or not known. */
export type Answer = "yes" | "no" | "maybe";

/** The most certain of some answers, of which one is enough. */
export function any(answers: readonly Answer[]): Answer {
  if (answers.includes("yes")) return "yes";
  return answers.includes("maybe") ? "maybe" : "no";
}

/** The answer where all are needed. */
export function all(answers: readonly Answer[]): Answer {
  if (answers.includes("no")) return "no";
  return answers.includes("maybe") ? "maybe" : "yes";
}

export function not(answer: Answer): Answer {
  return answer === "yes" ? "no" : answer === "no" ? "yes" : "maybe";
}
