/** A rehearsal that cannot go on: the command ends with status 2 and says this one line. */

/** An event reached something that is not known: an end, a policy or a function's behaviour. */
export class UnknownReached extends Error {
  override readonly name = "UnknownReached";
}

/** A scenario that cannot be used. The message names the file, the place in it and what would be right. */
export class BadScenario extends Error {
  override readonly name = "BadScenario";
}
