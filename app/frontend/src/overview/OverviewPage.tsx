import React, { useMemo, useState } from 'react';
import { PluginPage } from '@grafana/runtime';
import { EmptyState, FilterInput, LinkButton, LoadingPlaceholder, useStyles2 } from '@grafana/ui';
import { groups, type Groups } from '../api';
import { NextStep, Problem, Staleness, UseProblem } from '../components/Problems';
import { AttributionPicker, TimeControls } from '../components/Toolbar';
import { pageStyles, PHONE } from '../components/styles';
import { age, count } from '../format';
import { useDatasource, useLoaded, useViewed, useWidth, type Viewed } from '../hooks';
import { reportUrl } from '../links';
import { GroupsTable } from './GroupsTable';
import { useGroupHours } from './useGroupHours';

/** The groups of the hub: who is in them, who was there, what they used. */
export function OverviewPage() {
  const viewed = useViewed();
  // The range is new whenever the clock is read again.
  const loaded = useLoaded(groups, viewed.range);
  return (
    <PluginPage
      subTitle="Who uses the hub, by user group"
      actions={<TimeControls viewed={viewed} loading={loaded.loading} />}
    >
      {loaded.error && <Problem title="The groups cannot be read" error={loaded.error} />}
      {loaded.value && <Overview data={loaded.value} viewed={viewed} />}
      {loaded.loading && !loaded.value && <LoadingPlaceholder text="Reading the groups…" />}
    </PluginPage>
  );
}

function Overview({ data, viewed }: { data: Groups; viewed: Viewed }) {
  const styles = useStyles2(pageStyles);
  const [search, setSearch] = useState('');
  const [ref, width] = useWidth();
  const datasource = useDatasource();
  const hours = useGroupHours(datasource.value, data.hub, viewed.range, viewed.attribution);
  const rows = useMemo(() => {
    const none = { cpuHours: undefined, gibHours: undefined, gpuHours: undefined };
    const wanted = search.trim().toLowerCase();
    return data.groups
      .filter(({ name }) => name.toLowerCase().includes(wanted))
      .map((group) => ({ ...group, hours: hours.value?.of(group.name) ?? none }));
  }, [data.groups, search, hours.value]);

  if (data.groups.length === 0) {
    return (
      <>
        <Staleness data={data} />
        <NoGroups data={data} />
      </>
    );
  }
  return (
    <div ref={ref}>
      <Staleness data={data} />
      <UseProblem datasource={datasource} error={hours.error?.message ?? hours.value?.error} />
      <div className={styles.bar}>
        <div className={styles.search}>
          <FilterInput placeholder="Search groups" aria-label="Search groups" value={search} onChange={setSearch} escapeRegex={false} />
        </div>
        <div className={styles.labeled}>
          <span>Attribution</span>
          <AttributionPicker viewed={viewed} />
        </div>
        <LinkButton variant="secondary" icon="file-alt" href={reportUrl()} target="_blank">
          Report
        </LinkButton>
      </div>
      <p className={styles.faint} role="status">
        {count(data.users)} users in {count(data.groups.length)} groups of {data.hub}
        {data.age_seconds !== null && `, as of ${age(data.age_seconds)} ago`}
        {search.trim() !== '' && `; ${count(rows.length)} shown`}. Per cent and bars are parts of what the whole hub used.
      </p>
      {rows.length === 0 ? (
        <EmptyState variant="not-found" message={`No group’s name has “${search.trim()}” in it`} />
      ) : (
        <GroupsTable
          rows={rows}
          ofHub={hours.value?.ofHub}
          datasourceUid={datasource.value}
          shown={viewed.shown}
          loading={datasource.loading || hours.loading}
          narrow={width > 0 && width < PHONE}
        />
      )}
    </div>
  );
}

/** Why there may be no group, and what to do about it. */
function NoGroups({ data }: { data: Groups }) {
  return data.refreshed === null ? (
    <EmptyState variant="call-to-action" message="The hub has told no groups yet" button={<NextStep />}>
      The app asks the hub for them as soon as it knows the hub’s URL and has a token.
    </EmptyState>
  ) : (
    <EmptyState variant="call-to-action" message={`${data.hub} has no groups`} button={<NextStep />}>
      Make groups in the hub’s admin panel, or let its authenticator manage them. If there are some, look at which
      groups the app may show.
    </EmptyState>
  );
}
