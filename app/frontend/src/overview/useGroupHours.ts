import { useCallback } from 'react';
import type { TimeRange } from '@grafana/data';
import { useLoaded, type Loaded } from '../hooks';
import { askForRange, chooseSource, fill, HOURS, hoursBy, type Attribution, type Hours } from '../queries';
import generated from '../generated/queries.json';

export interface GroupHours {
  of: (group: string) => Hours;
  /** The hub's, everybody in it counting once. */
  ofHub: Hours;
  /** Why some of it is missing. */
  error?: string;
}

/** Returns what each group of a hub used in a range. */
export function useGroupHours(
  datasourceUid: string | undefined,
  hub: string | undefined,
  range: TimeRange,
  attribution: Attribution
): Loaded<GroupHours | undefined> {
  const load = useCallback(
    async () =>
      datasourceUid === undefined || hub === undefined
        ? undefined
        : groupHours(datasourceUid, hub, range, attribution),
    [datasourceUid, hub, range, attribution]
  );
  return useLoaded(load);
}

async function groupHours(
  datasourceUid: string,
  hub: string,
  range: TimeRange,
  attribution: Attribution
): Promise<GroupHours> {
  const choice = { hub, attribution };
  const source = await chooseSource(datasourceUid, range, choice);
  const { groups, selection } = generated[source].queries;
  const asked = HOURS.flatMap((kind) => [
    { refId: kind, expr: fill(groups[kind], choice) },
    { refId: `hub_${kind}`, expr: fill(selection[kind], choice) },
  ]);
  const answer = await askForRange(datasourceUid, asked, range, source);
  return { of: hoursBy('usergroup', answer), ofHub: hoursBy('', answer, 'hub_')(''), error: answer.error };
}
