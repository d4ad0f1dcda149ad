import { lastValueFrom } from 'rxjs';
import { FieldType, rangeUtil, type DataFrame, type TimeRange } from '@grafana/data';
import {
  getBackendSrv,
  isFetchError,
  toDataQueryResponse,
  type BackendDataSourceResponse,
} from '@grafana/runtime';
import { asApiError } from './errors';
import generated from './generated/queries.json';

/** How use is attributed: fully to each of a user's groups, or divided among them. */
export type Attribution = 'info' | 'share';

/** What is recorded by Prometheus' rules is quick; what is scraped is always there. */
export type Source = 'raw' | 'recorded';

export const HOURS = ['cpuHours', 'gibHours', 'gpuHours'] as const;
export type Hours = Record<(typeof HOURS)[number], number | undefined>;

export type Chart = (typeof generated.raw.charts)[number];

/** What stands for the variables in the boards' queries. No group means all. */
export interface Choice {
  hub: string;
  group?: string;
  attribution: Attribution;
}

export interface Asked {
  refId: string;
  expr: string;
  /** How series are named, as `{{usergroup}}`. */
  legend?: string;
}

/** What a query found, by refId; and what Prometheus said of those that failed. */
export interface Answer {
  frames: Map<string, DataFrame[]>;
  error?: string;
}

/** Returns a query with the variables of our boards filled in. Grafana fills in its own, as `$__range`. */
export function fill(expr: string, { hub, group, attribution }: Choice): string {
  const values = new Map([
    ['$hub', exactly(hub)],
    ['$group', group === undefined ? generated.all : exactly(group)],
    ['${attribution}', attribution],
  ]);
  return expr.replace(/\$hub\b|\$group\b|\$\{attribution\}/g, (variable) => values.get(variable) ?? variable);
}

/** Returns a regular expression, as it stands in a PromQL string, that matches one value. */
function exactly(value: string): string {
  const escaped = value.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return escaped.replace(/[\\"]/g, '\\$&').replace(/\n/g, '\\n');
}

/** Returns the source to ask of a range: what is recorded, if that was being recorded when the range begins. */
export async function chooseSource(datasourceUid: string, range: TimeRange, choice: Choice): Promise<Source> {
  const start = { ...range, to: range.from };
  const expr = fill(generated.recordedSince, choice);
  const { frames } = await ask(datasourceUid, [{ refId: 'since', expr }], start, { instant: true, minStep: '1m', points: 1 });
  return (frames.get('since') ?? []).some((frame) => frame.length > 0) ? 'recorded' : 'raw';
}

/** Asks for numbers of the whole range. */
export function askForRange(datasourceUid: string, asked: Asked[], range: TimeRange, source: Source): Promise<Answer> {
  const { minStep } = generated[source];
  return ask(datasourceUid, asked, range, { instant: true, minStep, points: generated.rangePoints });
}

/** Asks for lines over the range, of so many points. */
export function askForLines(
  datasourceUid: string,
  asked: Asked[],
  range: TimeRange,
  source: Source,
  points: number
): Promise<Answer> {
  return ask(datasourceUid, asked, range, { instant: false, minStep: generated[source].minStep, points });
}

interface Manner {
  instant: boolean;
  minStep: string;
  points: number;
}

async function ask(datasourceUid: string, asked: Asked[], range: TimeRange, manner: Manner): Promise<Answer> {
  const { intervalMs } = rangeUtil.calculateInterval(range, manner.points, manner.minStep);
  const data = {
    from: String(range.from.valueOf()),
    to: String(range.to.valueOf()),
    queries: asked.map(({ refId, expr, legend }) => ({
      refId,
      expr,
      datasource: { type: 'prometheus', uid: datasourceUid },
      instant: manner.instant,
      range: !manner.instant,
      format: 'time_series',
      legendFormat: legend ?? '__auto',
      interval: manner.minStep,
      intervalMs,
      maxDataPoints: manner.points,
    })),
  };
  const response = toDataQueryResponse(await post(data));
  const frames = new Map<string, DataFrame[]>(asked.map(({ refId }) => [refId, []]));
  for (const frame of response.data) {
    frames.get(frame.refId)?.push(frame);
  }
  return { frames, error: response.errors?.[0]?.message };
}

async function post(data: unknown): Promise<{ data: BackendDataSourceResponse }> {
  const request = { url: '/api/ds/query', method: 'POST', data, showErrorAlert: false };
  try {
    return await lastValueFrom(getBackendSrv().fetch<BackendDataSourceResponse>(request));
  } catch (error) {
    // If a query is refused, the status says so, but there are answers to the others.
    if (isFetchError<BackendDataSourceResponse>(error) && error.data?.results) {
      return { data: error.data };
    }
    throw asApiError(error);
  }
}

/** Returns the number of each series of an answer by the value of one of its labels; NaN is no number. */
export function numbersBy(label: string, frames: DataFrame[]): Map<string, number> {
  const found = new Map<string, number>();
  for (const frame of frames) {
    for (const field of frame.fields) {
      const value = field.values[field.values.length - 1];
      if (field.type === FieldType.number && Number.isFinite(value)) {
        found.set(field.labels?.[label] ?? '', value);
      }
    }
  }
  return found;
}

/** Returns the hours of one group or user from an answer that has each kind of HOURS under its own refId. */
export function hoursBy(label: string, { frames }: Answer, prefix = ''): (name: string) => Hours {
  const found = HOURS.map((kind) => [kind, numbersBy(label, frames.get(`${prefix}${kind}`) ?? [])] as const);
  return (name) => {
    const hours: Hours = { cpuHours: undefined, gibHours: undefined, gpuHours: undefined };
    for (const [kind, numbers] of found) {
      hours[kind] = numbers.get(name);
    }
    return hours;
  };
}
