import type { SortByFn } from '@grafana/ui';

/** Returns how rows are sorted by a number; what is unknown is less than every number. */
export function bySize<Row extends object>(of: (row: Row) => number | null | undefined): SortByFn<Row> {
  return ({ original: left }, { original: right }) => (of(left) ?? -Infinity) - (of(right) ?? -Infinity) || 0;
}
