import React, { useMemo } from 'react';
import { InteractiveTable, LinkButton, useStyles2, type CellProps, type Column } from '@grafana/ui';
import type { Group } from '../api';
import { HoursCell } from '../components/HoursCell';
import { pageStyles } from '../components/styles';
import { bySize } from '../components/sorting';
import { count } from '../format';
import { useBoard } from '../hooks';
import { boardUrl, groupUrl, type View } from '../links';
import type { Hours } from '../queries';

export interface GroupRow extends Group {
  hours: Hours;
}

interface Props {
  rows: GroupRow[];
  ofHub?: Hours;
  datasourceUid?: string;
  shown: View;
  /** Whether hours are still being asked for. */
  loading: boolean;
  narrow: boolean;
}

const PAGE_SIZE = 50;

const WINDOWS = ['24h', '7d', '30d'] as const;

const HOURS_COLUMNS = [
  {
    kind: 'cpuHours',
    header: 'CPU-hours',
    tooltip: 'CPU time used in the range: one core busy for an hour is one. Reserved but idle CPU does not count. The bar is the part of the hub’s.',
  },
  {
    kind: 'gibHours',
    header: 'GiB-hours',
    tooltip: 'Memory used over time in the range: 1 GiB in use for an hour is one. The bar is the part of the hub’s.',
  },
  {
    kind: 'gpuHours',
    header: 'GPU-hours',
    tooltip: 'Time in the range for which running servers held a GPU, busy or not. The bar is the part of the hub’s.',
  },
] as const;

const TOOLTIPS = Object.fromEntries(HOURS_COLUMNS.map(({ kind, tooltip }) => [kind, { content: tooltip }]));

const BUSIEST_FIRST = [{ id: 'cpuHours', desc: true }];

/** The groups of a hub, one a row. */
export function GroupsTable({ rows, ofHub, datasourceUid, shown, loading, narrow }: Props) {
  const styles = useStyles2(pageStyles);
  const board = useBoard();
  const columns = useMemo(() => {
    const all: Array<Column<GroupRow>> = [
      {
        id: 'name',
        header: 'Group',
        sortType: 'alphanumeric',
        cell: ({ row: { original } }: CellProps<GroupRow>) => (
          <>
            <a className={styles.link} href={groupUrl(original.name, shown)}>
              {original.name}
            </a>
            <LinkButton
              size="sm"
              variant="secondary"
              fill="text"
              icon="apps"
              aria-label={`User groups board of ${original.name}`}
              tooltip="Open the User groups board on this group"
              href={boardUrl(board, original.name, original.hub, datasourceUid, shown)}
            />
          </>
        ),
      },
      number('members', 'Members', ({ members }) => members),
      ...WINDOWS.map((window) =>
        number(`active ${window}`, `Active ${window.replace(/(\d+)/, '$1 ')}`, ({ active }) => active[window])
      ),
      ...HOURS_COLUMNS.map(({ kind, header }): Column<GroupRow> => ({
        id: kind,
        header,
        sortType: bySize(({ hours }) => hours[kind]),
        sortDescFirst: true,
        cell: ({ row: { original } }: CellProps<GroupRow>) => (
          <HoursCell value={original.hours[kind]} ofHub={ofHub?.[kind]} loading={loading} />
        ),
      })),
    ];
    return narrow ? all.filter(({ id }) => !LEFT_OUT_ON_PHONES.includes(id)) : all;
  }, [styles, shown, ofHub, board, datasourceUid, loading, narrow]);
  return (
    <div className={styles.scroll}>
      <InteractiveTable
        columns={columns}
        data={rows}
        getRowId={({ name }: GroupRow) => name}
        headerTooltips={TOOLTIPS}
        initialSortBy={BUSIEST_FIRST}
        pageSize={PAGE_SIZE}
        disableSortRemove
      />
    </div>
  );
}

const LEFT_OUT_ON_PHONES = ['active 24h', 'active 30d'];

function number(id: string, header: string, of: (row: GroupRow) => number | null | undefined): Column<GroupRow> {
  return {
    id,
    header,
    sortType: bySize(of),
    sortDescFirst: true,
    cell: ({ row: { original } }: CellProps<GroupRow>) => count(of(original)),
  };
}
