/**
 * Which metrics the comparison of an alarm over several depends on: of its queries, all but one feed the one that returns
 * data (https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDataQuery.html).
 */
import {
  flag,
  hasUnknown,
  isBlock,
  isList,
  type Resource,
  rowOf,
  text,
  Unknown,
  type Value,
} from "../configuration.ts";

type Block = Resource["values"];

export interface ComparedMetric {
  readonly metric: Block;
  /** Whether it is this metric that is compared, and no expression over it, which may turn a comparison round. */
  readonly isAlone: boolean;
}

/** A Metrics Insights query, as far as it says which metric of whom: `SELECT MAX(m) FROM SCHEMA("ns", d) WHERE d = 'v'`. */
const insights =
  /^SELECT\s+\w+\(\s*"?([\w.]+)"?\s*\)\s+FROM\s+(?:SCHEMA\(\s*"([^"]+)"\s*((?:,\s*"?[\w.]+"?\s*)*)\)|"([^"]+)")/i;
/** The dimension by which the metrics of a namespace are told apart, for a query that names none. */
const dimensionOf: Readonly<Record<string, string>> = {
  "AWS/SQS": "QueueName",
  "AWS/SNS": "TopicName",
  "AWS/Lambda": "FunctionName",
  "AWS/Kinesis": "StreamName",
  "AWS/DynamoDB": "TableName",
  "AWS/Events": "RuleName",
};
/** `AWS.AccountId = '…'` and `tag.team = '…'` name no dimension. */
const equals = /(?<![\w.])"?(\w+)"?\s*=\s*'([^']*)'/g;

/**
 * The metric that a Metrics Insights query selects, as a block of an alarm. Of a dimension that it does not hold to one
 * value it may select any: undefined there.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-metrics-insights-querylanguage.html
 */
export function selectedMetric(query: Block): { readonly metric: Block; readonly open: readonly string[] } | undefined {
  const expression = text(query.expression);
  const found = insights.exec(expression?.trim() ?? "");
  if (expression === undefined || found === null) return undefined;
  const [, metricName = "", schema, listed = "", plain] = found;
  // With OR, or NOT, a condition does not hold to what it names.
  const isPlain = !/\b(?:OR|NOT)\b|!=/i.test(expression);
  const held = Object.fromEntries(
    isPlain ? [...expression.matchAll(equals)].map(([, name = "", value = ""]) => [name, value]) : [],
  );
  const namespace = schema ?? plain ?? "";
  const named = listed.split(",").flatMap((one) => /[\w.]+/.exec(one) ?? []);
  const usual = rowOf(dimensionOf, namespace);
  const dimensions = schema === undefined && usual !== undefined ? [usual] : named;
  return {
    metric: {
      namespace,
      metric_name: metricName,
      dimensions: held,
      period: query.period ?? null,
    },
    open: dimensions.filter((name) => !Object.hasOwn(held, name)),
  };
}

/** Where the query that returns data, or an expression, is not known, each metric may be meant. */
export function comparedMetrics(queries: readonly Block[]): ComparedMetric[] {
  const byId = new Map(queries.map((one) => [text(one.id) ?? "", one]));
  const returning = queries.filter(({ return_data: given }) => given instanceof Unknown || flag(given) === true);
  const [compared] = returning;
  const used = new Set<Block>();
  const isTold = compared !== undefined && returning.length === 1 && !(compared.return_data instanceof Unknown);
  if (!isTold || !collect(compared, byId, used)) {
    return queries.flatMap(metricsOf).map((metric) => ({ metric, isAlone: false }));
  }
  const alone = itself(compared, byId);
  return [...used].flatMap((query) => metricsOf(query).map((metric) => ({ metric, isAlone: query === alone })));
}

/** Collects a query and those that its expression names, however deep; false: not all of them are known. */
function collect(query: Block, byId: ReadonlyMap<string, Block>, used: Set<Block>): boolean {
  if (used.has(query)) return true;
  used.add(query);
  if (metricsOf(query).length > 0) return true;
  const expression = written(query.expression);
  if (expression === undefined || expression.includes("METRICS(")) return false;
  return namedIn(expression).every((id) => {
    const other = byId.get(id);
    return other === undefined || collect(other, byId, used);
  });
}

/** A product with a factor 0 says nothing of its other factors. */
const nothing = /^(?:[a-z]\w*\*)*0+(?:\.0+)?(?:\*[a-z]\w*)*$/;

function namedIn(expression: string): readonly string[] {
  return nothing.test(expression) ? [] : (expression.match(/\b[a-z]\w*/g) ?? []);
}

/** The query of the metric that an expression is no more than a name of. */
function itself(query: Block, byId: ReadonlyMap<string, Block>): Block | undefined {
  const seen = new Set<Block>();
  for (let at: Block | undefined = query; at !== undefined && !seen.has(at); ) {
    if (metricsOf(at).length > 0) return at;
    seen.add(at);
    at = byId.get(/^\(*([a-z]\w*)\)*$/.exec(written(at.expression) ?? "")?.[1] ?? "");
  }
  return undefined;
}

/** An expression without its spaces; undefined: not known. */
function written(expression: Value | undefined): string | undefined {
  const whole = text(expression);
  return whole === undefined || hasUnknown(whole) ? undefined : whole.replace(/\s+/g, "");
}

function metricsOf(query: Block): Block[] {
  if (isBlock(query.metric)) return [query.metric];
  return isList(query.metric) ? query.metric.filter(isBlock) : [];
}
