import React, { useCallback, useMemo, useState } from 'react';
import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { PluginPage } from '@grafana/runtime';
import { Alert, Button, EmptyState, LinkButton, LoadingPlaceholder, useStyles2 } from '@grafana/ui';
import { csv, groups, members, type Group, type Groups } from '../api';
import { Problem, Staleness, UseProblem } from '../components/Problems';
import { AttributionPicker, TimeControls } from '../components/Toolbar';
import { pageStyles } from '../components/styles';
import { download } from '../download';
import { ApiError } from '../errors';
import { count, hours } from '../format';
import { useBoard, useDatasource, useLoaded, useLocation, useViewed, type Loaded, type Viewed } from '../hooks';
import { boardUrl, overviewUrl } from '../links';
import { MembersTable } from './MembersTable';
import { UseChart } from './UseChart';
import { useGroupUse, type GroupUse } from './useGroupUse';

/** One group: its members, what they do, what they used. */
export function GroupPage() {
  const viewed = useViewed();
  const name = useLocation().search.get('name') ?? '';
  // The range is new whenever the clock is read again.
  const loaded = useLoaded(groups, viewed.range);
  const group = loaded.value?.groups.find((found) => found.name === name);
  return (
    <PluginPage
      pageNav={{ text: name, parentItem: { text: 'Groups', url: overviewUrl(viewed.shown) } }}
      actions={<TimeControls viewed={viewed} loading={loaded.loading} />}
    >
      {loaded.error && <Problem title="The groups cannot be read" error={loaded.error} />}
      {loaded.loading && !loaded.value && <LoadingPlaceholder text="Reading the group…" />}
      {loaded.value && group && <GroupDetails key={name} group={group} data={loaded.value} viewed={viewed} />}
      {loaded.value && !group && <NoSuchGroup name={name} viewed={viewed} />}
    </PluginPage>
  );
}

function NoSuchGroup({ name, viewed }: { name: string; viewed: Viewed }) {
  return (
    <EmptyState
      variant="not-found"
      message={`There is no group ${name}`}
      button={
        <LinkButton variant="secondary" icon="arrow-left" href={overviewUrl(viewed.shown)}>
          All groups
        </LinkButton>
      }
    >
      It may have been deleted or renamed on the hub, or is not one that the app may show.
    </EmptyState>
  );
}

function GroupDetails({ group, data, viewed }: { group: Group; data: Groups; viewed: Viewed }) {
  const styles = useStyles2(pageStyles);
  const { range, attribution, shown } = viewed;
  const { name, hub } = group;
  const datasource = useDatasource();
  const board = useBoard();
  const people = useLoaded(
    useCallback(() => members(name), [name]),
    range
  );
  const choice = useMemo(() => ({ hub, group: name, attribution }), [hub, name, attribution]);
  // Who may not see names is not shown what each of them used, either.
  const asked = people.loading && people.value === undefined ? undefined : choice;
  const use = useGroupUse(datasource.value, asked, range, people.value !== undefined);
  const loading = datasource.loading || use.loading;
  return (
    <>
      <Staleness data={data} />
      <UseProblem datasource={datasource} error={use.error?.message ?? use.value?.error} />
      <div className={styles.bar}>
        <div className={styles.labeled}>
          <span>Attribution</span>
          <AttributionPicker viewed={viewed} />
        </div>
        <LinkButton variant="secondary" icon="apps" href={boardUrl(board, name, hub, datasource.value, shown)}>
          User groups board
        </LinkButton>
        <CsvButton group={name} />
      </div>
      <Numbers group={group} use={use.value} loading={loading} />
      <h2 className={styles.heading}>Use over time</h2>
      <Charts use={use.value} loading={loading} viewed={viewed} />
      <h2 className={styles.heading}>Members</h2>
      <MembersOrWhyNot people={people}>
        {people.value && (
          <MembersTable
            group={name}
            members={people.value.members}
            hoursOf={use.value?.ofMember}
            shown={shown}
            loading={loading}
          />
        )}
      </MembersOrWhyNot>
    </>
  );
}

function Numbers({ group, use, loading }: { group: Group; use?: GroupUse; loading: boolean }) {
  const styles = useStyles2(getStyles);
  const waiting = loading && use === undefined;
  const numbers: Array<[string, string]> = [
    ['Members', count(group.members)],
    ['Active in 24 h', count(group.active['24h'])],
    ['Active in 7 d', count(group.active['7d'])],
    ['Active in 30 d', count(group.active['30d'])],
    ['Took part in the range', waiting ? '…' : count(use?.people)],
    ['CPU-hours', waiting ? '…' : hours(use?.hours.cpuHours)],
    ['Memory GiB-hours', waiting ? '…' : hours(use?.hours.gibHours)],
    ['GPU-hours', waiting ? '…' : hours(use?.hours.gpuHours)],
  ];
  return (
    <dl className={styles.numbers}>
      {numbers.map(([label, value]) => (
        <div key={label} className={styles.number}>
          <dt>{label}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function Charts({ use, loading, viewed }: { use?: GroupUse; loading: boolean; viewed: Viewed }) {
  const styles = useStyles2(getStyles);
  const page = useStyles2(pageStyles);
  if (use === undefined) {
    return loading ? <LoadingPlaceholder text="Asking the data source…" /> : <p className={page.faint}>Not known.</p>;
  }
  return (
    <div className={styles.charts}>
      {use.charts.map(({ chart, description, frames }) => (
        <UseChart
          key={chart.title}
          chart={chart}
          description={description}
          frames={frames}
          range={viewed.range}
          loading={loading}
        />
      ))}
    </div>
  );
}

function MembersOrWhyNot({ people, children }: { people: Loaded<unknown>; children: React.ReactNode }) {
  if (people.error instanceof ApiError && people.error.status === 403) {
    return (
      <Alert title="Names are not shown to you" severity="info">
        {people.error.message}
      </Alert>
    );
  }
  if (people.error) {
    return <Problem title="The members cannot be read" error={people.error} />;
  }
  return people.loading && people.value === undefined ? <LoadingPlaceholder text="Reading the members…" /> : children;
}

function CsvButton({ group }: { group: string }) {
  const [state, setState] = useState<{ working: boolean; error?: Error }>({ working: false });
  const onClick = () => {
    setState({ working: true });
    csv(group).then(
      (text) => {
        download(`${group}.csv`, text, 'text/csv');
        setState({ working: false });
      },
      (error: Error) => setState({ working: false, error })
    );
  };
  return (
    <>
      <Button variant="secondary" icon="download-alt" disabled={state.working} onClick={onClick}>
        Download CSV
      </Button>
      {state.error && <span role="alert">{state.error.message}</span>}
    </>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  numbers: css({
    display: 'grid',
    gridTemplateColumns: 'repeat(auto-fill, minmax(150px, 1fr))',
    gap: theme.spacing(1),
    margin: 0,
  }),
  number: css({
    padding: theme.spacing(1, 1.5),
    borderRadius: theme.shape.radius.default,
    background: theme.colors.background.secondary,
    dt: { fontWeight: theme.typography.fontWeightRegular, color: theme.colors.text.secondary },
    dd: { margin: 0, fontSize: theme.typography.h3.fontSize, fontVariantNumeric: 'tabular-nums' },
  }),
  charts: css({
    display: 'grid',
    gridTemplateColumns: 'repeat(auto-fill, minmax(min(420px, 100%), 1fr))',
    gap: theme.spacing(1),
  }),
});
