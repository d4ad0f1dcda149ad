import { useCallback } from 'react';
import type { DataFrame, TimeRange } from '@grafana/data';
import { useLoaded, type Loaded } from '../hooks';
import {
  askForLines,
  askForRange,
  chooseSource,
  fill,
  HOURS,
  hoursBy,
  numbersBy,
  type Chart,
  type Choice,
  type Hours,
} from '../queries';
import generated from '../generated/queries.json';

export interface GroupUse {
  hours: Hours;
  /** How many different members had a server in the range. */
  people: number | undefined;
  charts: Array<{ chart: Chart; description: string; frames: DataFrame[] }>;
  /** What each member used; only asked for if `names`. */
  ofMember?: (username: string) => Hours;
  /** Why some of it is missing. */
  error?: string;
}

const POINTS = 400;

/** Returns what one group used in a range. Without `names`, nothing by user is asked for. */
export function useGroupUse(
  datasourceUid: string | undefined,
  choice: Choice | undefined,
  range: TimeRange,
  names: boolean
): Loaded<GroupUse | undefined> {
  const load = useCallback(
    async () =>
      datasourceUid === undefined || choice === undefined ? undefined : groupUse(datasourceUid, choice, range, names),
    [datasourceUid, choice, range, names]
  );
  return useLoaded(load);
}

async function groupUse(datasourceUid: string, choice: Choice, range: TimeRange, names: boolean): Promise<GroupUse> {
  const source = await chooseSource(datasourceUid, range, choice);
  const { queries, charts } = generated[source];
  const numbers = [
    ...HOURS.map((kind) => ({ refId: kind, expr: fill(queries.selection[kind], choice) })),
    { refId: 'people', expr: fill(queries.selection.people, choice) },
    ...(names ? HOURS.map((kind) => ({ refId: `member_${kind}`, expr: fill(queries.members[kind], choice) })) : []),
  ];
  const lines = charts.map(({ query, legend }, index) => ({ refId: `chart_${index}`, expr: fill(query, choice), legend }));
  const [ofRange, overTime] = await Promise.all([
    askForRange(datasourceUid, numbers, range, source),
    askForLines(datasourceUid, lines, range, source, POINTS),
  ]);
  const hours = hoursBy('', ofRange)('');
  const ofMember = hoursBy('username', ofRange, 'member_');
  return {
    hours,
    people: numbersBy('', ofRange.frames.get('people') ?? []).get(''),
    charts: charts.map((chart, index) => ({
      chart,
      description: describe(chart, choice),
      frames: overTime.frames.get(`chart_${index}`) ?? [],
    })),
    ofMember: names ? (username) => withZeros(ofMember(username), hours) : undefined,
    error: ofRange.error ?? overTime.error,
  };
}

/** Returns a member's hours with 0 for what is not in the answer, if the group's are known. */
function withZeros(ofMember: Hours, ofGroup: Hours): Hours {
  const zero = (kind: keyof Hours) => ofMember[kind] ?? (ofGroup[kind] === undefined ? undefined : 0);
  return { cpuHours: zero('cpuHours'), gibHours: zero('gibHours'), gpuHours: zero('gpuHours') };
}

/** Returns a panel's description with the attribution's name in it. */
function describe({ description }: Chart, { attribution }: Choice): string {
  return description.replaceAll('${attribution:text}', attribution === 'share' ? 'split' : 'every');
}
