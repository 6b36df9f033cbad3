import { createRequire } from 'node:module';
import type { LRParser } from '@lezer/lr';

// its types are those of an ES module alone
const { parser } = createRequire(__filename)('@prometheus-io/lezer-promql') as { parser: LRParser };

/**
 * What Prometheus' own grammar cannot read of an expression: nothing where all of it is PromQL. It
 * knows no types: promtool does (scripts/alerts.ts).
 */
export function syntaxErrors(expression: string): string[] {
  const found: string[] = [];
  parser.parse(expression).iterate({
    enter: ({ type, from, to }) => {
      if (type.isError) {
        found.push(`at ${from}: ${expression.slice(from, Math.max(to, from + 20))}`);
      }
    },
  });
  return found;
}
