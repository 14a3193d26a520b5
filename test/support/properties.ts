/**
 * How often a property is tried. The usual number keeps the tests within seconds; HOLDFAST_PROPERTY_RUNS multiplies it
 * for a longer search.
 */
export const runs = (usual: number): { readonly numRuns: number } => ({
  numRuns: Math.ceil(usual * Number(process.env.HOLDFAST_PROPERTY_RUNS ?? 1)),
});
