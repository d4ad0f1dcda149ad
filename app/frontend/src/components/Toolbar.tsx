import React from 'react';
import { dateTime, type TimeRange } from '@grafana/data';
import { Button, RadioButtonGroup, TimeRangePicker } from '@grafana/ui';
import type { Viewed } from '../hooks';
import type { Attribution } from '../queries';

/** The choice of the time range, and reading it again: for the head of a page. */
export function TimeControls({ viewed, loading }: { viewed: Viewed; loading: boolean }) {
  const { range, setRange, refresh } = viewed;
  return (
    <>
      <TimeRangePicker
        value={range}
        onChange={({ raw }) => setRange(raw)}
        // Times are shown in the browser's time zone, as on the boards.
        onChangeTimeZone={() => undefined}
        onMoveBackward={() => setRange(moved(range, -1))}
        onMoveForward={() => setRange(moved(range, 1))}
        onZoom={() => setRange(widened(range))}
      />
      <Button variant="secondary" icon="sync" aria-busy={loading} aria-label="Refresh" tooltip="Refresh" onClick={refresh} />
    </>
  );
}

/** Returns the range before or after one: half of its length further, as on dashboards. */
function moved({ from, to }: TimeRange, direction: 1 | -1): TimeRange['raw'] {
  const by = (direction * to.diff(from)) / 2;
  return { from: dateTime(from).add(by, 'ms'), to: dateTime(to).add(by, 'ms') };
}

function widened({ from, to }: TimeRange): TimeRange['raw'] {
  const by = to.diff(from) / 2;
  return { from: dateTime(from).subtract(by, 'ms'), to: dateTime(to).add(by, 'ms') };
}

const ATTRIBUTIONS: Array<{ label: string; value: Attribution; description: string }> = [
  {
    label: 'every',
    value: 'info',
    description: 'Somebody in several groups counts fully in each: groups may add up to more than the hub.',
  },
  {
    label: 'split',
    value: 'share',
    description: 'What somebody uses is divided among all of their groups, which add up to the hub.',
  },
];

/** The choice of how use is attributed to groups. */
export function AttributionPicker({ viewed }: { viewed: Viewed }) {
  return (
    <RadioButtonGroup
      aria-label="Attribution"
      options={ATTRIBUTIONS}
      value={viewed.attribution}
      onChange={viewed.setAttribution}
    />
  );
}
