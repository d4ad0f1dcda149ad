import React, { type ReactNode } from 'react';
import { locationUtil } from '@grafana/data';
import { Alert, LinkButton } from '@grafana/ui';
import { isAdmin, type Loaded } from '../hooks';
import { age } from '../format';
import { CONFIG_URL } from '../constants';

/** What went wrong, and what to do about it. */
export function Problem({ title, error, severity = 'error' }: { title: string; error: Error; severity?: 'error' | 'warning' }) {
  return (
    <Alert title={title} severity={severity}>
      <p>{error.message}</p>
      <NextStep />
    </Alert>
  );
}

/** Where an admin mends it; whom others ask. */
export function NextStep() {
  return isAdmin() ? (
    <LinkButton variant="secondary" icon="cog" href={locationUtil.assureBaseUrl(CONFIG_URL)}>
      Open the configuration
    </LinkButton>
  ) : (
    <p>An admin of this Grafana can look into it, on the configuration page of the app.</p>
  );
}

/** Says that memberships are old, if they are. */
export function Staleness({ data }: { data: { stale: boolean; age_seconds: number | null; error?: string | null } }) {
  if (!data.stale && !data.error) {
    return null;
  }
  const old = data.age_seconds === null ? 'The hub has not answered yet' : `Memberships are ${age(data.age_seconds)} old`;
  return (
    <Alert title={old} severity="warning">
      <p>{data.error ?? 'The hub has not answered since.'}</p>
      <NextStep />
    </Alert>
  );
}

/** Says why there are no hours, if there are none. */
export function UseProblem({ datasource, error }: { datasource: Loaded<string | undefined>; error?: string }): ReactNode {
  if (datasource.error) {
    return <Problem title="The app's settings cannot be read" error={datasource.error} severity="warning" />;
  }
  if (!datasource.loading && datasource.value === undefined) {
    const missing = new Error('This Grafana has no Prometheus data source, or you may not see it. What groups use is read from it.');
    return <Problem title="What groups use is not known" error={missing} severity="warning" />;
  }
  return error === undefined ? null : (
    <Problem title="The data source does not say what groups use" error={new Error(error)} severity="warning" />
  );
}
