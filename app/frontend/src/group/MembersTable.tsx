import React, { useMemo, useState } from 'react';
import { EmptyState, FilterInput, InteractiveTable, useStyles2, type CellProps, type Column } from '@grafana/ui';
import type { Member } from '../api';
import { HoursCell } from '../components/HoursCell';
import { bySize } from '../components/sorting';
import { pageStyles } from '../components/styles';
import { count, moment } from '../format';
import { groupUrl, type View } from '../links';
import { HOURS, type Hours } from '../queries';

interface MemberRow extends Member {
  hours: Hours;
}

interface Props {
  group: string;
  members: Member[];
  hoursOf?: (username: string) => Hours;
  shown: View;
  loading: boolean;
}

const PAGE_SIZE = 50;

const HEADERS = { cpuHours: 'CPU-hours', gibHours: 'GiB-hours', gpuHours: 'GPU-hours' };

const LATEST_FIRST = [{ id: 'last_activity', desc: true }];

const NO_HOURS: Hours = { cpuHours: undefined, gibHours: undefined, gpuHours: undefined };

/** The members of a group: when they were last active on the hub, what they used, their other groups. */
export function MembersTable({ group, members, hoursOf, shown, loading }: Props) {
  const styles = useStyles2(pageStyles);
  const [search, setSearch] = useState('');
  const rows = useMemo(() => {
    const wanted = search.trim().toLowerCase();
    return members
      .filter(({ name }) => name.toLowerCase().includes(wanted))
      .map((member) => ({ ...member, hours: hoursOf?.(member.name) ?? NO_HOURS }));
  }, [members, search, hoursOf]);
  const columns = useMemo(
    (): Array<Column<MemberRow>> => [
      { id: 'name', header: 'User', sortType: 'alphanumeric' },
      {
        id: 'last_activity',
        header: 'Last activity',
        sortType: bySize(({ last_activity }) => (last_activity === null ? undefined : Date.parse(last_activity))),
        sortDescFirst: true,
        cell: ({ row: { original } }: CellProps<MemberRow>) => {
          const { ago, exact } = moment(original.last_activity);
          return <span title={exact}>{ago}</span>;
        },
      },
      ...HOURS.map(
        (kind): Column<MemberRow> => ({
          id: kind,
          header: HEADERS[kind],
          sortType: bySize(({ hours }) => hours[kind]),
          sortDescFirst: true,
          cell: ({ row: { original } }: CellProps<MemberRow>) => (
            <HoursCell value={original.hours[kind]} loading={loading} />
          ),
        })
      ),
      {
        id: 'groups',
        header: 'Other groups',
        cell: ({ row: { original } }: CellProps<MemberRow>) => (
          <OtherGroups names={original.groups.filter((name) => name !== group)} shown={shown} />
        ),
      },
    ],
    [group, shown, loading]
  );
  if (members.length === 0) {
    return <EmptyState variant="call-to-action" message="Nobody is in this group" />;
  }
  return (
    <>
      <div className={styles.bar}>
        <div className={styles.search}>
          <FilterInput placeholder="Search members" aria-label="Search members" value={search} onChange={setSearch} escapeRegex={false} />
        </div>
        <span className={styles.faint} role="status">
          {count(rows.length)} of {count(members.length)} members
        </span>
      </div>
      {rows.length === 0 ? (
        <EmptyState variant="not-found" message={`No member’s name has “${search.trim()}” in it`} />
      ) : (
        <div className={styles.scroll}>
          <InteractiveTable
            columns={columns}
            data={rows}
            getRowId={({ name }: MemberRow) => name}
            initialSortBy={LATEST_FIRST}
            pageSize={PAGE_SIZE}
            disableSortRemove
          />
        </div>
      )}
    </>
  );
}

function OtherGroups({ names, shown }: { names: string[]; shown: View }) {
  const styles = useStyles2(pageStyles);
  return (
    <>
      {names.map((name, index) => (
        <React.Fragment key={name}>
          {index > 0 && ', '}
          <a className={styles.link} href={groupUrl(name, shown)}>
            {name}
          </a>
        </React.Fragment>
      ))}
    </>
  );
}
