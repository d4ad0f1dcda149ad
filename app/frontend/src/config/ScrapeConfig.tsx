import React from 'react';
import { css } from '@emotion/css';
import { locationUtil, type GrafanaTheme2 } from '@grafana/data';
import { config } from '@grafana/runtime';
import { ClipboardButton, useStyles2 } from '@grafana/ui';
import { pageStyles } from '../components/styles';
import { scrapeConfig, TOKEN_FILE } from './scrapeConfig';

/** What Prometheus needs to scrape the app, ready to paste. */
export function ScrapeConfig({ interval, namesForViewers }: { interval?: string; namesForViewers?: boolean }) {
  const styles = useStyles2(getStyles);
  const page = useStyles2(pageStyles);
  const text = scrapeConfig(config.appUrl, interval);
  return (
    <section aria-labelledby="scrape-heading">
      <h2 id="scrape-heading" className={page.heading}>
        Let Prometheus scrape the memberships
      </h2>
      <p>Prometheus reads who is in which group from this Grafana, as a service account.</p>
      <ol className={styles.steps}>
        <li>
          <a className={page.link} href={locationUtil.assureBaseUrl('/org/serviceaccounts/create')}>
            Create a service account
          </a>{' '}
          with the role {namesForViewers ? 'Viewer' : 'Editor'}: the series hold usernames
          {namesForViewers ? ', which Viewers may see here.' : ', which Viewers may not see.'}
        </li>
        <li>
          Add a token to it, and put the token into the file <code>{TOKEN_FILE}</code> where Prometheus runs, readable
          for Prometheus only. Grafana shows a token once.
        </li>
        <li>
          Add this job to <code>prometheus.yml</code>, and let Prometheus reload it. The target is Grafana&apos;s URL
          as Grafana knows it; change it if Prometheus reaches Grafana by another.
        </li>
      </ol>
      <pre className={styles.code} tabIndex={0} aria-label="Scrape configuration">
        {text}
      </pre>
      <ClipboardButton variant="secondary" icon="copy" getText={() => text}>
        Copy
      </ClipboardButton>
    </section>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  steps: css({ paddingLeft: theme.spacing(3), maxWidth: 720, 'li + li': { marginTop: theme.spacing(0.5) } }),
  code: css({ maxWidth: 720, overflowX: 'auto', whiteSpace: 'pre' }),
});
